module.exports = {register() {}, unregister() {}};
