/** The picture of a plane on a canvas, from the ground up: field, objects, support, points, contours, ticks. */
import type { Frame } from './frame'
import { profileOf, ringsOf, shadeSupport } from './ground'
import type { Tile } from './tiles'
import type { Plane, Space } from './types'

export interface Drawn {
  space: Space
  plane: Plane
  /** In pixels of the canvas. */
  frame: Frame
  /** Canvas pixels to a CSS pixel. */
  ratio: number
  field: HTMLCanvasElement | null
  tiles: readonly Tile[]
  support: boolean
  points: HTMLCanvasElement | null
  contours: boolean
  /** False where they are drawn otherwise. */
  ticks?: boolean
}
export const NIGHT = '#0b1026'
const LINE = '#ffffff'

export function drawPlane(context: CanvasRenderingContext2D, drawn: Drawn): void {
  const { frame, ratio, field, tiles, support, points, contours } = drawn
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.globalAlpha = 1
  context.fillStyle = NIGHT
  context.fillRect(0, 0, frame.size, frame.size)
  if (field) {
    context.imageSmoothingEnabled = true
    context.drawImage(field, frame.px(0), frame.py(1), frame.px(1) - frame.px(0), frame.py(0) - frame.py(1))
  }
  // On a field each object leaves a margin through which y is seen.
  const inset = field ? 0.19 : 0.02
  context.imageSmoothingEnabled = tiles.length > 0 && tiles[0].canvas.width > tiles[0].side
  for (const { canvas, x, y, side } of tiles) {
    const share = canvas.height / canvas.width
    const wide = side * (1 - 2 * inset) * Math.min(1, 1 / share)
    const tall = wide * share
    context.drawImage(canvas, x + (side - wide) / 2, y + (side - tall) / 2, wide, tall)
  }
  if (support) shadeSupport(context, frame, ratio)
  if (points) context.drawImage(points, 0, 0)
  if (contours && drawn.plane.up) drawRings(context, drawn)
  if (contours && !drawn.plane.up) drawProfile(context, drawn)
  if (drawn.ticks !== false) drawTicks(context, frame, ratio)
}

function write(context: CanvasRenderingContext2D, words: string, x: number, y: number, ratio: number): void {
  context.lineWidth = 3.5 * ratio
  context.strokeStyle = 'rgb(11 16 38 / 85%)'
  context.lineJoin = 'round'
  context.strokeText(words, x, y)
  context.fillStyle = LINE
  context.fillText(words, x, y)
}

/** Dashes tell the levels apart without colour: the farther out, the shorter. */
export const DASHES: readonly (readonly number[])[] = [[], [9, 4], [4, 4], [1.5, 4]]

function drawRings(context: CanvasRenderingContext2D, { space, plane, frame, ratio }: Drawn): void {
  ringsOf(space, plane).forEach(({ words, lines }, level) => {
    context.setLineDash(DASHES[level].map((length) => length * ratio))
    let top: [number, number] | null = null
    for (const line of lines) {
      const path = new Path2D()
      for (let k = 0; k < line.length; k += 2) {
        const [x, y] = [frame.x(line[k]), frame.y(line[k + 1])]
        path.lineTo(x, y)
        const inside = x > 24 * ratio && x < frame.size - 24 * ratio && y > 10 * ratio && y < frame.size - 20 * ratio
        if (inside && (!top || y < top[1])) top = [x, y]
      }
      for (const [colour, width] of [['rgb(11 16 38 / 75%)', 4], [LINE, 1.6]] as const) {
        context.strokeStyle = colour
        context.lineWidth = width * ratio
        if (width === 4) context.setLineDash([])
        else context.setLineDash(DASHES[level].map((length) => length * ratio))
        context.stroke(path)
      }
    }
    context.setLineDash([])
    if (!top) return
    context.font = `600 ${11 * ratio}px system-ui, sans-serif`
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    write(context, words, top[0], top[1], ratio)
  })
}

/** In a space of one axis: exceedance from left to right, as a curve at the foot. */
function drawProfile(context: CanvasRenderingContext2D, { space, plane, frame, ratio }: Drawn): void {
  const n = 121
  const values = profileOf(space, plane, n)
  const tall = 0.22 * frame.size
  const foot = frame.size - 26 * ratio
  const path = new Path2D()
  values.forEach((p, i) => path.lineTo(frame.x(-plane.reach + (2 * plane.reach * i) / (n - 1)), foot - tall * p))
  context.strokeStyle = LINE
  context.lineWidth = 1.6 * ratio
  context.stroke(path)
  context.font = `${11 * ratio}px system-ui, sans-serif`
  context.textAlign = 'left'
  context.textBaseline = 'bottom'
  write(context, 'share of objects at least as unusual', 8 * ratio, foot - tall - 4 * ratio, ratio)
}

export interface Tick {
  side: 'foot' | 'left'
  /** Pixels from the left, or from the top. */
  at: number
  words: string
}

/** Standard deviations along the foot and the left side, as many as there is room for. */
export function ticksOf(frame: Frame, ratio: number): Tick[] {
  const { reach } = frame.plane
  const span = (frame.a(frame.size) - frame.a(0)) / 6
  const step = [5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02].findLast((each) => each >= span * 0.7) ?? 5
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0
  const ticks: Tick[] = []
  let [lastX, lastY] = [-Infinity, Infinity]
  for (let k = Math.ceil(-reach / step); k * step <= reach; k++) {
    const value = k * step
    const words = k === 0 ? '0 sd' : `${k < 0 ? '\u2212' : ''}${Math.abs(value).toFixed(digits)}`
    const x = frame.x(value)
    if (x > 16 * ratio && x < frame.size - 30 * ratio && x - lastX > 26 * ratio) ticks.push({ side: 'foot', at: (lastX = x), words })
    const y = frame.y(value)
    if (frame.plane.up && y > 12 * ratio && y < frame.size - 24 * ratio && lastY - y > 20 * ratio) ticks.push({ side: 'left', at: (lastY = y), words })
  }
  return ticks
}

function drawTicks(context: CanvasRenderingContext2D, frame: Frame, ratio: number): void {
  context.font = `${11 * ratio}px system-ui, sans-serif`
  for (const { side, at, words } of ticksOf(frame, ratio)) {
    const foot = side === 'foot'
    context.textAlign = foot ? 'center' : 'left'
    context.textBaseline = foot ? 'bottom' : 'middle'
    write(context, words, foot ? at : 8 * ratio, foot ? frame.size - 6 * ratio : at, ratio)
    if (foot) context.fillRect(at - ratio / 2, frame.size - 5 * ratio, ratio, 5 * ratio)
    else context.fillRect(0, at - ratio / 2, 5 * ratio, ratio)
  }
}
