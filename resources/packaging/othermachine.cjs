'use strict';
// Required by npm's node: packages are chosen for the processor of a device. npm has had --cpu since
// 10.2 and Debian 12 has 9.2, which asks process.arch.
Object.defineProperty(process, 'arch', { value: process.env.EDGEWRIGHT_DEVICE_CPU });
