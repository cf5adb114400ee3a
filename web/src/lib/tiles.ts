/** Decoded objects on an even grid of the screen: which there are to draw, decoded in one call, kept as small canvases. */
import { decode, decoderOf } from './decode'
import { placeOf, type Frame, type Spacing } from './frame'
import { paintRaster } from './paint'
import { single, type Single } from './pictures'
import type { Plane, Space } from './types'

/** Tiles along a side of the whole square: the plane has 30 quantiles a side. */
const COLUMNS = [30, 20, 15, 10]
const KEPT = 4000
/** Decoding in one go is held to this many milliseconds; the rest follows in the next frames. */
const PATIENCE = 14

export interface Tile {
  canvas: HTMLCanvasElement
  x: number
  y: number
  side: number
}

export class Tiles {
  private readonly kept = new Map<string, HTMLCanvasElement>()
  private pace = 1
  /** Whether tiles were left out for want of time: draw again. */
  unfinished = false
  readonly kind: Single['kind']

  constructor(readonly space: Space, readonly plane: Plane, readonly spacing: Spacing) {
    this.kind = decoderOf(space)?.recipe.kind ?? plane.atlas?.pictures.kind ?? 'raster'
  }

  /** Whether this space can show objects on a grid. */
  static possible(space: Space, plane: Plane): boolean {
    const decoder = decoderOf(space)
    if (decoder) return decoder.recipe.kind !== 'rows'
    return plane.atlas !== null && plane.atlas.pictures.kind !== 'rows'
  }

  /** Tiles of a frame, each about `wanted` px wide. */
  of(frame: Frame, wanted: number): Tile[] {
    const line = this.plane.up === null
    const ideal = frame.size / wanted
    const base = COLUMNS.find((columns) => columns <= ideal * 1.15) ?? COLUMNS.at(-1)!
    // Where one zooms in the grid becomes finer by whole factors of two, so that tiles stay where they were.
    const level = 2 ** Math.max(0, Math.round(Math.log2(frame.pane.zoom)))
    const columns = base * level
    const span = (shareOf: (pixel: number) => number): [number, number] => {
      const ends = [shareOf(0), shareOf(frame.size)].sort((x, y) => x - y)
      return [Math.max(0, Math.floor(ends[0] * columns)), Math.min(columns - 1, Math.floor(ends[1] * columns - 1e-9))]
    }
    const [left, right] = span((pixel) => frame.shareX(pixel))
    const [down, up] = line ? [0, 0] : span((pixel) => frame.shareY(pixel))
    const tiles: Tile[] = []
    const missing: { name: string; a: number; b: number; x: number; y: number }[] = []
    const side = (frame.size * frame.pane.zoom) / columns
    for (let j = down; j <= up; j++) {
      for (let i = left; i <= right; i++) {
        const name = `${columns} ${i} ${j}`
        const x = frame.px(i / columns)
        const y = line ? frame.size / 2 - side / 2 : frame.py((j + 1) / columns)
        const canvas = this.kept.get(name)
        if (canvas) tiles.push({ canvas, x, y, side })
        else missing.push({ name, a: frame.across.value((i + 0.5) / columns), b: line ? 0 : frame.up.value((j + 0.5) / columns), x, y })
      }
    }
    if (missing.length && this.kept.size + missing.length > KEPT) this.kept.clear()
    // All in one batched call, unless earlier calls have shown that it would hold up the screen.
    const many = Math.max(8, Math.floor(PATIENCE / this.pace))
    const middle = frame.size / 2
    if (missing.length > many) missing.sort((p, q) => Math.hypot(p.x - middle, p.y - middle) - Math.hypot(q.x - middle, q.y - middle))
    const now = missing.slice(0, many)
    this.unfinished = missing.length > now.length
    const started = performance.now()
    const pictures = this.pictures(now)
    now.forEach(({ name, x, y }, k) => {
      const picture = pictures[k]
      if (!picture) return
      const canvas = toCanvas(picture)
      this.kept.set(name, canvas)
      tiles.push({ canvas, x, y, side })
    })
    if (now.length >= 8) this.pace = Math.max(0.002, (performance.now() - started) / now.length)
    return tiles
  }

  private pictures(places: { a: number; b: number }[]): (Single | null)[] {
    const { space, plane } = this
    if (!places.length) return []
    const { reach } = plane
    const held = (value: number) => Math.min(reach, Math.max(-reach, value))
    if (decoderOf(space)) {
      const d = space.live.length
      const u = new Float32Array(places.length * d)
      places.forEach(({ a, b }, k) => u.set(placeOf(plane, held(a), held(b)), k * d))
      return decode(space, u, places.length) ?? []
    }
    return places.map(({ a, b }) => atlasAt(plane, a, b))
  }
}

/** The picture of the atlas nearest to a place. */
export function atlasAt(plane: Plane, a: number, b: number): Single | null {
  if (!plane.atlas) return null
  const { side, pictures } = plane.atlas
  const at = (value: number) => Math.min(side - 1, Math.max(0, Math.round(((value + plane.reach) / (2 * plane.reach)) * (side - 1))))
  return single(pictures, (plane.up ? at(-b) : 0) * side + at(a))
}

const INK = '#e8edf2'
const HOT = '#fca636'

/** A picture at its own size (rasters) or at 72 px (lines, graphs). */
export function toCanvas(picture: Single): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')!
  if (picture.kind === 'raster') {
    const { height, width, channels, data } = picture
    canvas.width = width
    canvas.height = height
    const image = context.createImageData(width, height)
    paintRaster(new Uint32Array(image.data.buffer), width, data, height, width, channels)
    context.putImageData(image, 0, 0)
    return canvas
  }
  canvas.width = canvas.height = 72
  context.lineWidth = 2
  if (picture.kind === 'line') drawLine(context, picture)
  else if (picture.kind === 'node-link') drawGraph(context, picture.graph)
  return canvas
}

function drawLine(context: CanvasRenderingContext2D, { data, time, channels }: Extract<Single, { kind: 'line' }>): void {
  context.strokeStyle = HOT
  for (let channel = 0; channel < channels; channel++) {
    let [low, high] = [Infinity, -Infinity]
    for (let t = 0; t < time; t++) {
      const value = data[t * channels + channel]
      if (value < low) low = value
      if (value > high) high = value
    }
    const tall = 64 / channels
    context.beginPath()
    for (let t = 0; t < time; t++) {
      const share = high > low ? (data[t * channels + channel] - low) / (high - low) : 0.5
      context.lineTo(5 + (62 * t) / Math.max(1, time - 1), 4 + channel * tall + (1 - share) * (tall - 3) + 1.5)
    }
    context.stroke()
  }
}

function drawGraph(context: CanvasRenderingContext2D, graph: Extract<Single, { kind: 'node-link' }>['graph']): void {
  const xs = graph.nodes.map((node) => node.x)
  const ys = graph.nodes.map((node) => node.y)
  const [left, down] = [Math.min(...xs), Math.min(...ys)]
  const span = Math.max(Math.max(...xs) - left, Math.max(...ys) - down, 1e-9)
  const place = new Map(graph.nodes.map((node) => [node.id, [8 + (56 * (node.x - left)) / span, 64 - (56 * (node.y - down)) / span] as const]))
  context.strokeStyle = '#8b97ad'
  for (const edge of graph.edges) {
    const [from, to] = [place.get(edge.source), place.get(edge.target)]
    if (!from || !to) continue
    context.beginPath()
    context.moveTo(...from)
    context.lineTo(...to)
    context.stroke()
  }
  graph.nodes.forEach((node) => {
    context.fillStyle = node.type ? HOT : INK
    context.beginPath()
    context.arc(...place.get(node.id)!, 4, 0, 7)
    context.fill()
  })
}
