exports.tick = async (context) => 1;
