/** How unusual is a place, and does anything real stand near it? */
import { exceedance, gateDistance, levelOf, supportOf, surprise } from './law'
import type { Calibration, Plane, Space } from './types'

export interface Rarity {
  p: number
  low: number
  high: number
}

/** Exceedance of whitened coordinates (d). */
export function rarityAt(space: Space, u: Float32Array): Rarity {
  return exceedance(space.calibration, surprise(space.law, u, space.live.length))
}

/** Label of a place (a, b) of a plane whose whitened coordinates are u: computed where the page carries the codes that takes, else the grid's. */
export function supportAt(space: Space, plane: Plane, u: Float32Array, a: number, b: number): number {
  const d = space.live.length
  if (!space.gate) return supportOnPlane(plane, a, b)
  return supportOf(space.calibration, surprise(space.law, u, d), gateDistance(space.gate.codes, u, d), space.gate)
}

/** Label of a place of a plane, from its grid; 3 (unsupported) beyond. */
export function supportOnPlane(plane: Plane, a: number, b: number): number {
  const { side, labels } = plane.support
  const at = (value: number) => Math.round(((value + plane.reach) / (2 * plane.reach)) * (side - 1))
  const column = at(a)
  const row = plane.up ? at(-b) : 0
  return column < 0 || row < 0 || column >= side || row >= side ? 3 : (labels[row * side + column] ?? 3)
}

/** The surprise beyond which a share p of objects lies; null where calibration does not reach. */
export function surpriseOf(calibration: Calibration, p: number): number | null {
  const last = calibration.log_probability.at(-1)
  return last === undefined || p < calibration.floor || Math.log(p) < last ? null : levelOf(calibration, p)
}
