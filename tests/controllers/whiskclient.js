// The public client of OpenWhisk against an endpoint: node whiskclient.js ADDRESS KEY KIND
'use strict';
const assert = require('assert');
const openwhisk = require('openwhisk');

const [, , apihost, apiKey, kind] = process.argv;
const isPython = kind.startsWith('python');
const code = isPython
  ? 'def main(params):\n    print("called")\n    return {"sum": params["a"] + params["b"]}\n'
  : 'function main(params) { console.log("called"); return { sum: params.a + params.b }; }';
// A zip with one file, stored, made with nothing but Node.js.
function zipOf(name, text) {
  const { crc32 } = { crc32: (bytes) => {
    let crc = ~0;
    for (const byte of bytes) {
      crc ^= byte;
      for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc >>> 0;
  } };
  const body = Buffer.from(text);
  const path = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(crc32(body), 10);
  common.writeUInt32LE(body.length, 14);
  common.writeUInt32LE(body.length, 18);
  common.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, body]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, Buffer.alloc(14), path]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

async function until(attempt) {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function run() {
  const ow = openwhisk({ apihost, api_key: apiKey });
  const name = `client-${kind.split(':')[0]}`;

  const made = await ow.actions.create({ name, action: code, kind, params: { b: 10 },
    limits: { timeout: 5000 } });
  assert.strictEqual(made.version, '0.0.1');
  await assert.rejects(ow.actions.create({ name, action: code, kind }), /already exists/);
  assert.strictEqual((await ow.actions.update({ name, action: code, kind, params: { b: 20 } })).version,
    '0.0.2');
  assert.strictEqual((await ow.actions.get({ name })).exec.code, code);
  assert((await ow.actions.list()).some((action) => action.name === name));

  const activation = await ow.actions.invoke({ name, params: { a: 1 }, blocking: true });
  assert.deepStrictEqual(activation.response.result, { sum: 21 });
  assert.strictEqual(activation.logs.length, 1);
  assert.deepStrictEqual(await ow.actions.invoke({ name, params: { a: 1, b: 1 }, blocking: true,
    result: true }), { sum: 2 });

  const { activationId } = await ow.actions.invoke({ name, params: { a: 5 } });
  const later = await until(() => ow.activations.get({ name: activationId }));
  assert.deepStrictEqual(later.response.result, { sum: 25 });
  assert.match((await ow.activations.logs({ name: activationId })).logs[0], /stdout: called$/);
  assert.deepStrictEqual((await ow.activations.result({ name: activationId })).result, { sum: 25 });
  assert((await ow.activations.list({ limit: 10 })).some((one) => one.activationId === activationId));

  const zipped = zipOf(isPython ? '__main__.py' : 'index.js', isPython ? code
    : `${code}\nexports.main = main;\n`);
  await ow.packages.update({ name: 'pkg' });
  await ow.actions.create({ name: `pkg/${name}`, action: zipped, kind });
  assert.deepStrictEqual(await ow.actions.invoke({ name: `pkg/${name}`, params: { a: 2, b: 3 },
    blocking: true, result: true }), { sum: 5 });

  await ow.actions.update({ name, kind, action: isPython ? 'def main(p):\n    raise Exception("bad")\n'
    : 'function main() { throw new Error("bad"); }' });
  await assert.rejects(ow.actions.invoke({ name, blocking: true, result: true }), /bad/);

  await ow.actions.delete({ name });
  await ow.actions.delete({ name: `pkg/${name}` });
  await assert.rejects(ow.actions.get({ name }), (error) => error.statusCode === 404);
  const stranger = openwhisk({ apihost, api_key: 'a:b' });
  await assert.rejects(stranger.actions.list(), (error) => error.statusCode === 401);
  console.log('done');
}

run().catch((error) => {
  console.error(error);
  process.exit(1);
});
