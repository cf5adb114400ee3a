/** Where do codes lie on a plane, which objects are shown, and what is said of the probability of failure? */

import { counted, grouped, oneIn, oneInInterval, percent, percentInterval } from './chance'
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

const WRONG = 'wrong label'

/** What real objects say: "95 of 1,000 real objects are misread: 9.5% (90% interval 8% to 11%)"; null where none were asked. */
export function realSentence({ failure, rule }: StressTest): string | null {
  const seen = failure?.observed
  if (!seen || !seen.n) return null
  const one = seen.hits <= 1
  const what = rule === WRONG ? `${one ? 'is' : 'are'} misread` : one ? 'fails' : 'fail'
  if (!seen.hits) return `None of ${grouped(seen.n)} real objects ${what}: at most ${percent(seen.high)} (90% interval).`
  return `${grouped(seen.hits)} of ${grouped(seen.n)} real objects ${what}: ${percent(seen.hits / seen.n)} (90% interval ${percentInterval(seen.low, seen.high)}).`
}

/** The best supported rate first, then the others, and what it means where they contradict each other. */
export interface Chance {
  headline: string
  /** Why the estimate of the space must not be quoted; "" where nothing speaks against it. */
  warning: string
  /** The estimate of the space where it is not the headline. */
  estimate: string
  /** What else to know before it is quoted. */
  notes: string[]
}

export function chanceOf(test: StressTest): Chance {
  const failure = test.failure as NonNullable<StressTest['failure']>
  const real = realSentence(test)
  const estimate = failureSentence(failure)
  const against = failure.contradictions ?? []
  if (real) {
    const side = failure.observed!.contradicts
    const how = side === 'more' ? 'cleaner than real ones and fail less often' : 'harder than real ones and fail more often'
    return {
      notes: against.filter((note) => !note.startsWith('Real objects fail')),
      headline: real,
      warning: side ? `Drawn objects contradict this: objects of the space are ${how}. Do not quote their rate for real data.` : '',
      estimate: `Drawn from the space: ${estimate.slice(0, 1).toLowerCase()}${estimate.slice(1)}`,
    }
  }
  // What real objects say is told in words alone where a document is of an older kind.
  if (against.length && failure.real) return { headline: failure.real, warning: against.join(' '), notes: [], estimate: `Drawn from the space: ${estimate.slice(0, 1).toLowerCase()}${estimate.slice(1)}` }
  return { headline: estimate, warning: '', estimate: '', notes: against }
}

/** The least cases of one confusion that are told as where a model fails. */
const PATTERN = 4

/** Where does the model fail: the rate, which confusions or region, and in which tail; sentences of one answer. */
export function answerOf(test: StressTest): string[] {
  if (!test.rule) return []
  const said: string[] = []
  if (test.failure) said.push(chanceOf(test).headline)
  const real = test.real_failures
  const pairs = (real?.pairs ?? []).filter(({ label, said: answer, count }) => label && answer && count > 1).slice(0, 3)
  // Two or three of a kind among dozens are chance, not a pattern.
  if (real && pairs.length && pairs[0].count < PATTERN) said.push(`No one confusion stands out: the commonest is ${pairs[0].count} of the ${real.failed} failures among the objects shown.`)
  else if (real && pairs.length) said.push(`Most often ${pairs.map(({ label, said: answer, count }, i) => `${i ? '' : 'a true '}${label} ${i ? '' : 'is '}taken for ${answer} (${i ? count : `${count} of ${real.failed}`})`).join(', ')}.`)
  const region = test.findings.find((finding) => regionOf(finding).shared !== finding.words)
  if (region) said.push(`Weakest where ${regionOf(region).shared.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())}: ${percent(region.rate)} fail.`)
  const scenarios = test.levels.reduce((sum, level) => sum + level.scenarios, 0)
  const hits = test.levels.reduce((sum, level) => sum + (level.hits ?? 0), 0)
  if (!scenarios) return said
  const worst = [...test.levels].filter(({ hits: own }) => own).sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0))[0]
  said.push(worst ? `Of ${counted(scenarios, 'drawn object')} in the tails ${grouped(hits)} ${hits === 1 ? 'is a failure' : 'are failures'}, ${hits === (worst.hits ?? 0) ? '' : 'most often '}in the tail ${worst.tail}.` : `None of ${counted(scenarios, 'drawn object')} in the tails is a failure.`)
  return said
}

/** The tails in which a failure is shown. */
export function tailsWithFailures({ tails, shown }: StressTest): string[] {
  return tails.filter((_, at) => shown.kind.some((kind, row) => kind !== '' && shown.tail[row] === at))
}
