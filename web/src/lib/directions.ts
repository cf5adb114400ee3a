/** In which direction does each object lie, seen from the centre of the space, on a flat picture? */

import type { Shown } from './stops'

/** Angles of objects by their two first coordinates; spread evenly in a space of one axis. */
export function anglesAround(objects: readonly Shown[]): number[] {
  return objects.map(({ u }, i) => (u.length > 1 ? Math.atan2(u[1], u[0]) : (2 * Math.PI * i) / objects.length))
}

/** Angles between objects and the mean direction of all objects of a tail, one side or the other by their two first coordinates. */
export function anglesFromMean(objects: readonly Shown[], all: readonly Shown[]): number[] {
  const d = all[0]?.u.length ?? 0
  const mean = new Float64Array(d)
  for (const { u } of all) {
    const norm = Math.hypot(...u)
    if (norm > 0) for (let k = 0; k < d; k++) mean[k] += u[k] / norm
  }
  const size = Math.hypot(...mean)
  return objects.map(({ u }) => {
    const norm = Math.hypot(...u)
    if (!(size > 0) || !(norm > 0)) return 0
    let dot = 0
    for (let k = 0; k < d; k++) dot += u[k] * mean[k]
    const angle = Math.acos(Math.min(1, Math.max(-1, dot / (norm * size))))
    return d > 1 && u[1] * mean[0] - u[0] * mean[1] < 0 ? -angle : angle
  })
}
