/** Run by tests/page/test_program.py in node: what the page computes for a packed document, to be compared with Python.
 *
 * The document is a page whose spaces have a few places to ask about beside what a page has: latent points `z` (n, latent) and whitened
 * coordinates `u` (n, d). Printed are, for each space, cells and pictures at z; surprise, exceedance and label at u; and how far out the
 * median surprise lies along each u.
 */
import { readFileSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { exceedance, gateDistance, radiusAlong, supportOf, surprise } from '../src/lib/law'
import { Decoder } from '../src/lib/program'
import type { Space } from '../src/lib/types'
import { unpack } from '../src/lib/unpack'

type Asked = Space & { asked: { z: Float32Array; u: Float32Array; level: number } }

const page = await unpack(readFileSync(argv[2], 'utf8'))
const answers = (page.spaces as Asked[]).map((space) => {
  const { law, calibration, gate, decoder, latent, live } = space
  const { z, u, level } = space.asked
  const d = live.length
  const places = Array.from({ length: u.length / d }, (_, k) => u.subarray(k * d, (k + 1) * d))
  const n = z.length / latent
  const program = decoder ? new Decoder(decoder.program, decoder.recipe) : null
  const cells = program?.cells(z, n)
  const single = program?.cells(z.subarray(0, latent), 1)
  return {
    cells: cells ? Array.from(cells) : null,
    single: single ? Array.from(single) : null,
    shown: program && cells ? Array.from({ length: n }, (_, k) => shown(program.picture(cells, k))) : null,
    surprise: places.map((each) => surprise(law, each, d)),
    exceedance: places.map((each) => exceedance(calibration, surprise(law, each, d))),
    support: places.map((each) => supportOf(calibration, surprise(law, each, d), gate ? gateDistance(gate.codes, each, d) : null, gate)),
    radius: places.map((each) => radiusAlong(law, each, d, level)),
  }
})
stdout.write(JSON.stringify(answers, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)))

function shown(picture: ReturnType<Decoder['picture']>) {
  return picture.kind === 'rows' ? picture.texts : 'data' in picture ? Array.from(picture.data) : null
}
