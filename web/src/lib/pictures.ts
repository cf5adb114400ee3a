/** One picture taken out of a batch, and how large pictures of a batch like to be. */
import type { NodeLink, Pictures } from './types'

/** A picture by itself, of any kind. */
export type Single =
  | { kind: 'raster'; height: number; width: number; channels: number; data: Uint8Array }
  | { kind: 'line'; time: number; channels: number; names: string[]; data: Float32Array }
  | { kind: 'rows'; names: string[]; texts: string[] }
  | { kind: 'node-link'; graph: NodeLink }

/** Picture k; null where there is none. */
export function single(pictures: Pictures | null | undefined, k: number): Single | null {
  if (!pictures || !(k >= 0 && k < pictures.n)) return null
  switch (pictures.kind) {
    case 'raster': {
      const { height, width, channels } = pictures
      const size = height * width * channels
      return { kind: 'raster', height, width, channels, data: pictures.data.subarray(k * size, (k + 1) * size) }
    }
    case 'line': {
      const { time, channels, names } = pictures
      return { kind: 'line', time, channels, names, data: pictures.data.subarray(k * time * channels, (k + 1) * time * channels) }
    }
    case 'rows': {
      const wide = pictures.names.length
      const cells = pictures.cells.subarray(k * wide, (k + 1) * wide)
      return { kind: 'rows', names: pictures.names, texts: Array.from(cells, (cell) => pictures.texts[cell] ?? '') }
    }
    case 'node-link':
      return { kind: 'node-link', graph: pictures.graphs[k] }
  }
}

/** A picture in a few words, for those who do not see it. */
export function describe(picture: Single | null): string {
  if (!picture) return 'no picture'
  switch (picture.kind) {
    case 'raster':
      return `image of ${picture.width} by ${picture.height} cells`
    case 'line':
      return `curve of ${picture.time} steps${picture.names.length ? `: ${picture.names.join(', ')}` : ''}`
    case 'rows':
      return picture.names.map((name, j) => `${name} ${picture.texts[j]}`).join('; ')
    case 'node-link':
      return `graph of ${picture.graph.nodes.length} nodes and ${picture.graph.edges.length} edges`
  }
}
