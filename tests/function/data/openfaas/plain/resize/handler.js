module.exports = async (event, context) => context.status(200).succeed(1);
