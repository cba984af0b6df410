'use strict';
// Installs what package.json of a folder asks for: install.js FOLDER TARGET [OPTION...], into
// TARGET/node_modules, with options for npm. The package's own scripts are not run: its sources are
// not there.

const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const [folder, target, ...options] = process.argv.slice(2);

function fail(message) {
    console.log(message);
    process.exit(1);
}

function describe() {
    try {
        return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    } catch (error) {
        return fail(`package.json: ${error.message}`);
    }
}

const description = describe();
delete description.scripts;
delete description.workspaces;
let isMoved = false; // what lies beside the folder is named by its whole path
for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies'])
    for (const [name, where] of Object.entries(description[kind] || {})) {
        const local = /^(file:|link:)?(\.{1,2}\/.*)$/.exec(where);
        if (local) {
            description[kind][name] = `file:${path.resolve(folder, local[2])}`;
            isMoved = true;
        }
    }
fs.writeFileSync(path.join(target, 'package.json'), JSON.stringify(description));
let verb = 'install';
for (const lock of ['npm-shrinkwrap.json', 'package-lock.json'])
    if (!isMoved && fs.existsSync(path.join(folder, lock))) {
        fs.copyFileSync(path.join(folder, lock), path.join(target, lock));
        verb = 'ci';
    }

const ran = spawnSync('npm', [verb, '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline',
    '--no-progress', '--loglevel=error', ...options],
{ cwd: target, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 26 });
if (ran.error)
    fail(ran.error.code === 'ENOENT' ? 'there is no npm in PATH: install the package npm'
        : `npm: ${ran.error.message}`);
for (const line of (ran.stdout + ran.stderr).split('\n'))
    if (line.trim() && !/A complete log of this run|\.npm\/_logs/.test(line))
        console.log(line.trim());
if (ran.status !== 0) {
    const first = ran.stderr.split('\n').map((line) => line.replace(/^npm (ERR!|error) ?/, '').trim())
        .find((line) => line && !/^code /.test(line));
    fail(`npm: ${first || 'it failed'}`);
}
