export * from '@remotion/renderer';
