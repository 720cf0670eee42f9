// Preloaded into the network's process: whatever it listens on, only this machine can reach.
const net = require('node:net')
const { listen } = net.Server.prototype
net.Server.prototype.listen = function (first, ...rest) {
  if (first !== null && typeof first === 'object') return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest)
  if (typeof rest[0] === 'string') rest.shift()
  return listen.call(this, first, '127.0.0.1', ...rest)
}
require('node:dns').setDefaultResultOrder('ipv4first')
