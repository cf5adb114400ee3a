/** Run by benchmarks/map_speed.py in node: milliseconds that a page needs for a map's objects, in one call and one by one. */
import { readFileSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { Decoder } from '../src/lib/program'
import type { Space } from '../src/lib/types'
import { unpack } from '../src/lib/unpack'

const page = await unpack(readFileSync(argv[2], 'utf8'))
const { decoder, latent, asked } = page.spaces[0] as Space & { asked: { z: Float32Array; repeats: number } }
const { z, repeats } = asked
const n = z.length / latent
if (!decoder) throw new Error('A map needs a decoder.')
const decode = new Decoder(decoder.program, decoder.recipe)

function times(action: () => void): number[] {
  action()
  return Array.from({ length: repeats }, () => {
    const began = performance.now()
    action()
    return performance.now() - began
  })
}
const together = times(() => decode.cells(z, n))
const single = times(() => {
  for (let k = 0; k < n; k++) decode.cells(z.subarray(k * latent, (k + 1) * latent), 1)
})
stdout.write(JSON.stringify({ together, single }))
