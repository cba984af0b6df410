// Runs on the thread on which Node.js resolves imports: see packages.js.

let parentURL;

export function initialize(data) {
    parentURL = data.parentURL;
}

export async function resolve(specifier, context, next) {
    try {
        return await next(specifier, context);
    } catch (error) {
        if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier))
            throw error;
        return next(specifier, { ...context, parentURL });
    }
}
