const handle = async (context, body) => body;
module.exports = { handle };
