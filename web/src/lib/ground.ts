/** What lies under and over the objects of a plane: y as a field, shading where data are missing, contours of the law. */
import { rarityAt, surpriseOf } from './assess'
import { scaleOf, type Scale } from './colour'
import { contour } from './contours'
import { evenAxis, placeOf, project, type Axis, type Frame } from './frame'
import { surprise } from './law'
import type { OutcomeField, Plane, Space } from './types'

export const LEVELS = [
  { p: 0.5, words: '50%' },
  { p: 0.1, words: '90%' },
  { p: 0.01, words: '99%' },
  { p: 0.001, words: '99.9%' },
] as const
/** Places along a side on which the law is asked. */
const GRID = 97

export interface Ring {
  words: string
  p: number
  /** Each line: a0, b0, a1, b1, ... in standard deviations. */
  lines: number[][]
}

const rings = new WeakMap<Plane, Ring[]>()

/** Lines within which half, 90%, 99% and 99.9% of all objects lie, as far as calibration reaches; on a plane through more axes, as they are seen from its side. On a line: none. */
export function ringsOf(space: Space, plane: Plane): Ring[] {
  const known = rings.get(plane)
  if (known) return known
  const found: Ring[] = []
  if (plane.up && !plane.whole) found.push(...seenRings(space, plane))
  else if (plane.up) {
    const axis = evenAxis(plane.reach)
    const d = space.live.length
    const values = new Float32Array(GRID * GRID)
    for (let j = 0; j < GRID; j++) {
      for (let i = 0; i < GRID; i++) {
        values[j * GRID + i] = surprise(space.law, placeOf(plane, axis.value(i / (GRID - 1)), axis.value(j / (GRID - 1))), d)
      }
    }
    for (const { p, words } of LEVELS) {
      const level = surpriseOf(space.calibration, p)
      if (level === null) continue
      const lines = contour(values, GRID, GRID, level).map((line) => line.map((at) => axis.value(at / (GRID - 1))))
      if (lines.length) found.push({ p, words, lines })
    }
  }
  rings.set(plane, found)
  return found
}

/** Fewer codes than this beyond a circle do not tell where it lies. */
const FEWEST_BEYOND = 3
const CORNERS = 120

/** Circles about the middle of the law that hold those shares of the fitted codes, as they are seen on the plane. */
function seenRings(space: Space, plane: Plane): Ring[] {
  const d = space.live.length
  const codes = space.gate && space.gate.codes.length ? space.gate.codes : space.points.u
  const n = Math.floor(codes.length / d)
  const places = project(plane, codes, n)
  const [a, b] = project(plane, new Float32Array(d), 1)
  const radii = Float32Array.from({ length: n }, (_, k) => Math.hypot(places[2 * k] - a, places[2 * k + 1] - b)).sort()
  return LEVELS.filter(({ p }) => p * n >= FEWEST_BEYOND - 0.5).map(({ p, words }) => {
    const radius = radii[Math.min(n - 1, Math.ceil((1 - p) * n) - 1)]
    const line = Array.from({ length: CORNERS + 1 }, (_, i) => {
      const angle = (2 * Math.PI * i) / CORNERS
      return [a + radius * Math.cos(angle), b + radius * Math.sin(angle)]
    })
    return { p, words, lines: [line.flat()] }
  })
}

/** Exceedance along a line of one live axis: n values from left to right. */
export function profileOf(space: Space, plane: Plane, n: number): Float32Array {
  const axis = evenAxis(plane.reach)
  return Float32Array.from({ length: n }, (_, i) => rarityAt(space, placeOf(plane, axis.value(i / (n - 1)), 0)).p)
}

/** y's scale on the dark plane. */
export function fieldScale(field: OutcomeField): Scale {
  return scaleOf(field.low ?? 0, field.high ?? 1, true, 'outcome')
}

/** y at a place, between the places of the grid; NaN where y failed. */
export function fieldAt(plane: Plane, field: OutcomeField, a: number, b: number, values = field.y): number {
  const { side } = field
  const at = (value: number) => Math.min(side - 1, Math.max(0, ((value + plane.reach) / (2 * plane.reach)) * (side - 1)))
  const [x, y] = [at(a), plane.up ? at(-b) : 0]
  const [column, row] = [Math.min(side - 2, Math.floor(x)), plane.up ? Math.min(side - 2, Math.floor(y)) : 0]
  const [p, q] = [x - column, y - row]
  const upper = values[row * side + column] * (1 - p) + values[row * side + column + 1] * p
  if (!plane.up) return upper
  const lower = values[(row + 1) * side + column] * (1 - p) + values[(row + 1) * side + column + 1] * p
  return upper * (1 - q) + lower * q
}

/** The field over the whole square, evenly on screen. */
export function fieldImage(plane: Plane, field: OutcomeField, axes: { across: Axis; up: Axis }): HTMLCanvasElement {
  const side = 160
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  const context = canvas.getContext('2d')!
  const image = context.createImageData(side, side)
  const scale = fieldScale(field)
  for (let j = 0; j < side; j++) {
    const b = axes.up.value(1 - (j + 0.5) / side)
    for (let i = 0; i < side; i++) {
      const y = fieldAt(plane, field, axes.across.value((i + 0.5) / side), b)
      if (Number.isFinite(y)) image.data.set([...scale.of(y), 255], 4 * (j * side + i))
    }
  }
  context.putImageData(image, 0, 0)
  return canvas
}

/** Shading of places whose support is missing: hatched where nothing real is near, dotted where the model continues from neighbours. */
export function shadeSupport(context: CanvasRenderingContext2D, frame: Frame, ratio: number): void {
  const { plane } = frame
  const { side, labels } = plane.support
  const rows = plane.up ? side : 1
  const step = (2 * plane.reach) / (side - 1)
  const edge = (k: number) => -plane.reach + (k - 0.5) * step
  const fills = [null, null, patternOf(context, 'dots', ratio), patternOf(context, 'hatch', ratio)]
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = plane.up ? [frame.y(-edge(row)), frame.y(-edge(row + 1))] : [0, frame.size]
    if (bottom < 0 || top > frame.size) continue
    for (let column = 0; column < side; ) {
      const label = labels[row * side + column]
      let end = column + 1
      while (end < side && labels[row * side + end] === label) end++
      const fill = fills[label]
      if (fill) {
        const left = Math.round(frame.x(edge(column)))
        context.fillStyle = fill
        context.fillRect(left, Math.round(top), Math.round(frame.x(edge(end))) - left, Math.round(bottom) - Math.round(top))
      }
      column = end
    }
  }
}

const patterns = new Map<string, HTMLCanvasElement>()
function patternOf(context: CanvasRenderingContext2D, kind: 'dots' | 'hatch', ratio: number): CanvasPattern | null {
  const name = `${kind} ${ratio}`
  let tile = patterns.get(name)
  if (!tile) {
    tile = document.createElement('canvas')
    const side = Math.round((kind === 'hatch' ? 8 : 6) * ratio)
    tile.width = tile.height = side
    const drawing = tile.getContext('2d')!
    drawing.fillStyle = kind === 'hatch' ? 'rgb(11 16 38 / 62%)' : 'rgb(11 16 38 / 34%)'
    drawing.fillRect(0, 0, side, side)
    drawing.strokeStyle = drawing.fillStyle = 'rgb(176 190 214 / 42%)'
    if (kind === 'hatch') {
      drawing.lineWidth = ratio
      drawing.beginPath()
      for (const from of [-side, 0, side]) {
        drawing.moveTo(from, side)
        drawing.lineTo(from + side, 0)
      }
      drawing.stroke()
    } else drawing.fillRect(0, 0, ratio, ratio)
    patterns.set(name, tile)
  }
  return context.createPattern(tile, 'repeat')
}

