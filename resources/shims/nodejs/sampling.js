'use strict';
// Where a function is, by V8's own sampling while a profile is wanted. Loaded at the first wish.

const { Session } = require('inspector');
const path = require('path');
const { pathToFileURL } = require('url');

const INTERVAL = 1000; // microseconds
const DEEPEST = 128;
const SHIMS = [__dirname + path.sep, pathToFileURL(__dirname + path.sep).href];

class Sampler {
    constructor(root) {
        this.roots = [root, pathToFileURL(root).href];
        this.session = new Session();
        this.session.connect();
        this.session.post('Profiler.enable');
        this.session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
        this.session.post('Profiler.start');
    }

    // Samples by stack, as flame graphs have them.
    end(done) {
        this.session.post('Profiler.stop', (error, answer) => {
            this.session.disconnect();
            done(error ? {} : this.fold(answer.profile));
        });
    }

    fold(profile) {
        const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
        for (const node of profile.nodes)
            for (const child of node.children || [])
                nodes.get(child).parent = node;
        const folded = {};
        for (const node of profile.nodes) {
            const callers = this.callers(node);
            if (!node.hitCount || !callers)
                continue;
            const ticks = node.positionTicks && node.positionTicks.length ? node.positionTicks
                : [{ line: node.callFrame.lineNumber + 1, ticks: node.hitCount }];
            for (const { line, ticks: count } of ticks) {
                const stack = [...callers, this.label(node.callFrame, line)].join(';');
                folded[stack] = (folded[stack] || 0) + count;
            }
        }
        return folded;
    }

    // From the first one that is neither of Node.js nor ours; null where there is none, as in what
    // lies between invocations.
    callers(node) {
        if (node.callFrame.functionName === '(garbage collector)')
            return [];
        const frames = [];
        for (let each = node; each && each.parent; each = each.parent) // the root is no function
            frames.unshift(each.callFrame);
        const first = frames.findIndex(({ url }) => url && !url.startsWith('node:') &&
            !SHIMS.some((folder) => url.startsWith(folder)));
        return first < 0 ? null : frames.slice(first, -1).slice(-DEEPEST)
            .map((frame) => this.label(frame, frame.lineNumber + 1));
    }

    label({ functionName, url }, line) {
        const name = (functionName || '(anonymous)').replace(/ /g, '_');
        const root = this.roots.find((each) => url.startsWith(each));
        const file = root ? url.slice(root.length) : url;
        return `${name}${file ? ` ${file}:${line}` : ''}`.replace(/;/g, ',');
    }
}

module.exports = { INTERVAL, Sampler };
