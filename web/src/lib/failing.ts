/** Where do codes lie on a plane, which objects are shown, and what is said of the probability of failure? */

import { oneIn, oneInInterval } from './chance'
import type { Shown } from './stops'
import type { Plane, Space, StressTest } from './types'

/** Places (a, b) on a plane of codes u (n, d), the nearest point of the plane each. */
export function placeOn(plane: Plane, u: Float32Array): [number, number][] {
  const d = plane.origin.length
  const along = (axis: Float32Array | null, i: number) => {
    if (!axis) return 0
    let dot = 0
    let norm = 0
    for (let k = 0; k < d; k++) {
      dot += axis[k] * (u[i * d + k] - plane.origin[k])
      norm += axis[k] * axis[k]
    }
    return norm ? dot / norm : 0
  }
  return Array.from({ length: Math.floor(u.length / d) }, (_, i) => [along(plane.across, i), along(plane.up, i)])
}

/** The plane that is the whole space; null where codes have more than two coordinates and a map would hide some. */
export function wholePlane(space: Space): Plane | null {
  return space.live.length === 2 ? (space.planes.find((plane) => plane.whole) ?? null) : null
}

/** What the objects of a weak region share, and the share elsewhere where it is only told in the words. */
export function regionOf(finding: StressTest['findings'][number]): { shared: string; elsewhere: number | null } {
  const cut = finding.words.search(/: [\d,]+ of [\d,]+ fail/)
  const told = /elsewhere ([\d.]+)%/.exec(finding.words)
  const elsewhere = finding.elsewhere ?? (told ? Number(told[1]) / 100 : null)
  return { shared: cut > 0 ? finding.words.slice(0, cut) : finding.words, elsewhere: elsewhere !== null && Number.isFinite(elsewhere) ? elsewhere : null }
}

/** All objects, or with `only` nothing but hits of the failure rule. */
export function chosenObjects(objects: Shown[], only: boolean): Shown[] {
  return only ? objects.filter((each) => each.kind !== '') : objects
}

/** "About 1 in 900 objects fails (90% interval 1 in 1,400 to 1 in 500)". */
export function failureSentence(failure: NonNullable<StressTest['failure']>): string {
  if (!Number.isFinite(failure.estimate)) return 'The probability of failure could not be estimated.'
  const said = (p: number) => `${oneIn(p)} ${oneIn(p).startsWith('1 in') && p <= 0.5 ? 'objects fails' : 'of objects fail'}`
  if (failure.estimate <= 0) return `No failure was found: at most ${said(failure.high)}.`
  const interval = `90% interval ${oneInInterval(failure.low, failure.high)}`
  // An interval from next to nothing to nearly all says nothing, and nor does the number within it.
  if (failure.high > 0.9 && failure.low < 1e-6) return `How often objects fail is not known: the ${interval.replace('interval', 'interval is')}.`
  return failure.estimate < 1e-9 ? `Fewer than 1 in 1,000,000,000 objects fail (${interval}).` : `About ${said(failure.estimate)} (${interval}).`
}
