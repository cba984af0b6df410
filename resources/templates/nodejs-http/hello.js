exports.handler = async (event, context) => {
  const query = event.queryStringParameters || {};
  const name = query.name || "world";
  return {
    statusCode: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ hello: name }),
  };
};
