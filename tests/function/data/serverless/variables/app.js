exports.handler = async (event) => 1;
