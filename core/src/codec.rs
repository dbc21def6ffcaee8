//! The codecs that Remotion renders to, and what their encoders take.

/// A codec, as `renderMedia()` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// x264 in MP4.
    H264,
    /// x265.
    H265,
    /// libvpx.
    Vp8,
    /// libvpx.
    Vp9,
    /// libaom.
    Av1,
    /// Audio alone.
    Mp3,
    /// Audio alone.
    Aac,
    /// Audio alone.
    Wav,
    /// For editing.
    ProRes,
    /// x264 in Matroska.
    H264Mkv,
    /// x264 in a transport stream.
    H264Ts,
    /// A picture that moves.
    Gif,
}

impl Codec {
    /// All of them, in Remotion's order.
    pub const ALL: &[Self] = &[
        Self::H264,
        Self::H265,
        Self::Vp8,
        Self::Vp9,
        Self::Av1,
        Self::Mp3,
        Self::Aac,
        Self::Wav,
        Self::ProRes,
        Self::H264Mkv,
        Self::H264Ts,
        Self::Gif,
    ];

    /// Remotion's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
            Self::Mp3 => "mp3",
            Self::Aac => "aac",
            Self::Wav => "wav",
            Self::ProRes => "prores",
            Self::H264Mkv => "h264-mkv",
            Self::H264Ts => "h264-ts",
            Self::Gif => "gif",
        }
    }

    /// What the encoder takes, as a multiple of x264: measured with the same
    /// frames of 720p and 1080p, the larger ratio rounded up (`docs/plan.md`).
    #[must_use]
    pub(crate) fn encoder_factor(self) -> f64 {
        match self {
            Self::H264 | Self::H264Mkv | Self::H264Ts | Self::Gif => 1.0,
            Self::H265 => 1.5,
            Self::Av1 => 1.15,
            Self::Vp9 => 0.95,
            Self::Vp8 | Self::ProRes => 0.5,
            Self::Mp3 | Self::Aac | Self::Wav => 0.0,
        }
    }
}
