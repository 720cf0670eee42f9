// network.mjs PLC PDS BSKY OZONE: a Bluesky network on these ports, until it is told to stop.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const installed = createRequire(join(process.env.KEFU_NETWORK, 'package.json'))
const { TestNetwork } = await import(pathToFileURL(installed.resolve('@atproto/dev-env')))
const [plc, pds, bsky, ozone] = process.argv.slice(2).map(Number)
const network = await TestNetwork.create({
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { dbPostgresSchema: 'bsky', port: bsky, publicUrl: `http://localhost:${bsky}` },
  ozone: { port: ozone },
})
console.log('the network is up')
const stop = () => network.close().finally(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
