/** Objects decoded in the browser: places of a space to pictures, in one batched call. */
import type { Single } from './pictures'
import { Decoder } from './program'
import type { Pictures, Space } from './types'

const decoders = new WeakMap<Space, Decoder | null>()

/** The space's decoder; null where the page carries an atlas instead. */
export function decoderOf(space: Space): Decoder | null {
  if (!space.decoder) return null
  let found = decoders.get(space)
  if (found === undefined) {
    found = working(space)
    decoders.set(space, found)
  }
  return found
}

/** The decoder, tried once at the centre: a program that this page cannot run must not take the views with it. */
function working(space: Space): Decoder | null {
  try {
    const decoder = new Decoder(space.decoder!.program, space.decoder!.recipe)
    decoder.picture(decoder.cells(toLatent(space, new Float32Array(space.live.length), 1), 1), 0)
    return decoder
  } catch (error) {
    console.warn('The decoder of this page cannot run here; views show what was decoded beforehand.', error)
    return null
  }
}

/** Latent codes (n, latent) of whitened coordinates (n, d): z = mean + factor u on live axes, 0 on the others. */
export function toLatent(space: Space, u: ArrayLike<number>, n: number): Float32Array {
  const d = space.live.length
  const { mean, factor } = space.whitening
  const z = new Float32Array(n * space.latent)
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < d; i++) {
      let sum = mean[i]
      for (let j = 0; j <= i; j++) sum += factor[i * d + j] * u[k * d + j]
      z[k * space.latent + space.live[i]] = sum
    }
  }
  return z
}

/** Cells of n places (n, d): what pictures are made of, and y of a program may be computed from. */
export function cellsOf(space: Space, u: ArrayLike<number>, n: number): Float32Array | null {
  return decoderOf(space)?.cells(toLatent(space, u, n), n) ?? null
}

/** Pictures of n places (n, d); null where the space has no decoder. */
export function decode(space: Space, u: ArrayLike<number>, n: number): Single[] | null {
  const decoder = decoderOf(space)
  const cells = cellsOf(space, u, n)
  return decoder && cells ? Array.from({ length: n }, (_, k) => decoder.picture(cells, k)) : null
}

/** The picture of one place. */
export function decodeOne(space: Space, u: ArrayLike<number>): Single | null {
  return decode(space, u, 1)?.[0] ?? null
}

/** Pictures one by one as a batch, so that Strip can show them. */
export function batch(pictures: readonly Single[]): Pictures | null {
  const first = pictures[0]
  if (!first) return null
  const n = pictures.length
  switch (first.kind) {
    case 'raster': {
      const size = first.data.length
      const data = new Uint8Array(n * size)
      pictures.forEach((one, k) => one.kind === 'raster' && data.set(one.data, k * size))
      return { kind: 'raster', n, height: first.height, width: first.width, channels: first.channels, data }
    }
    case 'line': {
      const size = first.data.length
      const data = new Float32Array(n * size)
      pictures.forEach((one, k) => one.kind === 'line' && data.set(one.data, k * size))
      return { kind: 'line', n, time: first.time, channels: first.channels, names: first.names, data }
    }
    case 'rows': {
      const texts: string[] = []
      const known = new Map<string, number>()
      const cells = Uint16Array.from(
        pictures.flatMap((one) => (one.kind === 'rows' ? one.texts : [])),
        (text) => {
          if (!known.has(text)) known.set(text, texts.push(text) - 1)
          return known.get(text)!
        },
      )
      return { kind: 'rows', n, names: first.names, texts, cells }
    }
    case 'node-link':
      return { kind: 'node-link', n, graphs: pictures.flatMap((one) => (one.kind === 'node-link' ? [one.graph] : [])) }
  }
}
