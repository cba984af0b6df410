'use strict';
// Lets modules of the user's find packages that were installed elsewhere, after all places where
// Node.js looks by itself. require() asks for paths; import asks a hook.

const Module = require('module');
const path = require('path');
const { pathToFileURL } = require('url');

function usePackages(folder) {
    const packages = path.join(folder, 'node_modules');
    const own = Module._nodeModulePaths;
    Module._nodeModulePaths = (from) => {
        const paths = own(from);
        return paths.includes(packages) ? paths : [...paths, packages];
    };
    const parentURL = pathToFileURL(path.join(folder, 'package.json')).href;
    if (Module.registerHooks)
        Module.registerHooks({
            resolve(specifier, context, next) {
                try {
                    return next(specifier, context);
                } catch (error) {
                    if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier))
                        throw error;
                    return next(specifier, { ...context, parentURL });
                }
            },
        });
    else if (Module.register)
        Module.register(pathToFileURL(path.join(__dirname, 'packagehook.mjs')).href, { data: { parentURL } });
}

module.exports = { usePackages };
