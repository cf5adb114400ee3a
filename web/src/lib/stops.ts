/** Where does the slider of the tails stop, which objects stand there, and what is said of each stop? */

import type { Pictures, Shell, Space, StressTest } from './types'
import { SUPPORT } from './types'
import { SUPPORT_WORDS } from './words'
import { counted, formatOver, oneIn, percent, percentInterval } from './chance'

const UNSUPPORTED = SUPPORT.indexOf('UNSUPPORTED')
const CENTRE = /^(the )?(centre|center)$/i

export type Level = StressTest['levels'][number]

/** One stop, from the centre outwards. */
export interface Stop {
  /** Stands in deep links. */
  key: string
  name: string
  exceedance: number | null
  /** Nothing certifies a probability so small, or none is claimed. */
  beyond: boolean
  objects: Shown[]
  pictures: Pictures | null
  level: Level | null
  /** Whether somebody was asked what hits are. */
  judged: boolean
  refused: string
  acceptance: number | null
  /** Draws of the level that were left out: a few. */
  rejected: Pictures | null
}

/** One generated object. */
export interface Shown {
  /** Row of the stop's pictures. */
  row: number
  support: number
  exceedance: number | null
  y: number | null
  kind: string
  nearest: string
  u: Float32Array
  /** What the model answers and what the referee sees; "" where there is no class, or nobody was sure. */
  said?: string
  judged?: string
}

/** Levels of one tail of a stress test, the most usual first, those without a probability last. */
export function stopsOfTest(test: StressTest, tail: string, space: Space | null): Stop[] {
  const own = rowsOfLevels(test)
  const axes = test.shown.support.length ? test.shown.u.length / test.shown.support.length : 0
  const stops = test.levels
    .map((level, at) => ({ level, at }))
    .filter(({ level }) => level.tail === tail)
    .map(({ level, at }, position): Stop => {
      const none = level.exceedance === null || !Number.isFinite(level.exceedance)
      return {
        key: keyOf(level.exceedance, level.level, position),
        // A level that was refused has the reason in its name.
        name: none ? (level.scenarios ? level.level : 'refused') : nameOf(level.exceedance as number),
        exceedance: none ? null : level.exceedance,
        beyond: none || (space !== null && (level.exceedance as number) < space.calibration.floor),
        objects: (own.get(at) ?? []).map((row) => ({
          row,
          support: test.shown.support[row]!,
          exceedance: finite(test.shown.exceedance[row]),
          y: finite(test.shown.y[row]),
          kind: test.shown.kind[row] ?? '',
          nearest: test.shown.nearest[row] ?? '',
          u: test.shown.u.subarray(row * axes, (row + 1) * axes),
          said: test.shown.said?.[row] ?? '',
          judged: test.shown.judged?.[row] ?? '',
        })),
        pictures: test.pictures,
        level,
        judged: test.referee !== '',
        refused: level.scenarios ? '' : level.refused || level.level.replace(/^[\d.e-]+%: /, '') || 'No object was found there that passes the support gates.',
        acceptance: level.acceptance ?? null,
        rejected: null,
      }
    })
  return inOrder(stops)
}

/** The shells of a space, of which no y is known, or that of one outcome. */
export function stopsOfSpace(space: Space, outcome: string | null = null): Stop[] {
  const axes = space.live.length
  return inOrder(
    space.shells.map((shell: Shell, position): Stop => {
      const y = outcome === null ? undefined : shell.y[outcome]
      const none = shell.exceedance === null || !Number.isFinite(shell.exceedance)
      return {
        key: keyOf(shell.exceedance, shell.name.split(':')[0] as string, position),
        name: none ? (shell.name.split(':')[0] as string) : nameOf(shell.exceedance as number),
        exceedance: none ? null : shell.exceedance,
        beyond: none ? !CENTRE.test(shell.name) : (shell.exceedance as number) < space.calibration.floor,
        objects: Array.from(shell.support, (support, row) => ({
          row,
          support,
          exceedance: shell.exceedance,
          y: finite(y?.[row]),
          kind: '',
          nearest: '',
          u: shell.u.subarray(row * axes, (row + 1) * axes),
        })),
        pictures: shell.pictures,
        level: null,
        judged: false,
        refused: shell.refused,
        acceptance: shell.acceptance,
        rejected: shell.rejected ?? null,
      }
    }),
  )
}

/** Stops of a tail with the shells of the space where no level of the test is near: the centre, what is rarer, and beyond. They are drawn in all directions,
 * as the radial tail is; other tails have no such shells. */
export function stopsOfBoth(test: StressTest, tail: string, space: Space): Stop[] {
  const own = stopsOfTest(test, tail, space)
  if (tail !== 'radial') return own
  const near = (stop: Stop, shell: Stop) => stop.key === shell.key || (stop.exceedance !== null && shell.exceedance !== null && Math.abs(Math.log(stop.exceedance / shell.exceedance)) < 0.7)
  const shells = stopsOfSpace(space, test.outcome)
  const others = shells.filter((shell) => shell.objects.length && !own.some((stop) => near(stop, shell)))
  return inOrder([...own.map((stop) => ({ ...stop, rejected: shells.find((shell) => stop.exceedance !== null && stop.key === shell.key)?.rejected ?? null })), ...others])
}

/** Rows of `shown` by position in `levels`. A level is written as its position among all levels, or among those of its tail. */
export function rowsOfLevels(test: StressTest): Map<number, number[]> {
  const { tail, level } = test.shown
  const all = Array.from(level, (at, row) => test.levels[at]?.tail === test.tails[tail[row]!]).every(Boolean)
  const ofTail = test.tails.map((name) => test.levels.flatMap((each, at) => (each.tail === name ? [at] : [])))
  const rows = new Map<number, number[]>()
  level.forEach((at, row) => {
    const place = all ? at : ofTail[tail[row]!]?.[at]
    if (place !== undefined) rows.set(place, [...(rows.get(place) ?? []), row])
  })
  return rows
}

/** How a stop is read aloud and written large. */
export function titleOf(stop: Stop): string {
  if (CENTRE.test(stop.name)) return 'Near the centre'
  if (stop.exceedance === null) return capital(stop.name)
  return stop.beyond ? `${stop.name}: beyond what can be certified` : capital(stop.name)
}

/** What the name of a stop means: how many objects of the population lie there or farther out. */
export function meaningOf(stop: Stop, radial: boolean): string {
  if (stop.exceedance === null) return stop.beyond ? 'Farther out than the held-out objects can certify: no probability is claimed.' : ''
  if (stop.beyond) return 'Rarer than the held-out objects can certify: no probability is claimed.'
  const often = oneIn(stop.exceedance)
  const one = often.startsWith('1 in')
  const where = radial ? (one ? 'is this unusual, or more' : 'are this unusual, or more') : one ? 'lies this far out in this tail, or farther' : 'lie this far out in this tail, or farther'
  return `${often} ${one ? 'objects' : 'of objects'} ${where}.`
}

/** The one sentence of a stop: what y does against the first stop that has one, and how many objects are hit. */
export function sentenceOf(stop: Stop, stops: Stop[], outcome: string): string {
  if (!stop.objects.length && (!stop.level || !stop.level.scenarios)) return `${place(stop)}, nothing is shown: ${uncapital(stop.refused || 'no object was drawn.')}`
  const said = stop.level ? [ofTest(stop, stops, outcome), hitsOf(stop.level, stop.judged)] : [ofShell(stop, stops, outcome)]
  return said.filter(Boolean).join(' ')
}

/** How the objects of a stop were chosen from what was drawn: those shown look like objects, or are shown as they come. */
export function selectionOf(stop: Stop): string {
  const drawn = stop.objects.length
  if (!drawn) return ''
  const unlike = stop.objects.filter(({ support }) => support === UNSUPPORTED).length
  if (stop.acceptance === null || !Number.isFinite(stop.acceptance)) {
    return stop.exceedance === null && unlike && !stop.level ? `Nothing was selected here: ${unlike === drawn ? 'none' : drawn - unlike} of the ${drawn} draws still ${drawn - unlike <= 1 ? 'looks like an object' : 'look like objects'}.` : ''
  }
  if (stop.acceptance > 0.995) return ''
  const many = Math.round(100 * stop.acceptance)
  const still = many > 1 ? `${many} still look like objects` : many === 1 ? '1 still looks like an object' : stop.acceptance > 0 ? 'fewer than 1 still looks like an object' : 'none still looks like an object'
  if (!unlike) return `Of 100 draws at this level ${still}; only such are shown.`
  const rest = unlike === drawn ? 'what is shown are the draws as they come' : `too few to show, so that ${unlike} of the ${drawn} shown do not`
  return `Of 100 draws at this level ${still}; ${rest}.`
}

/** y in the middle of the objects of a stop, and the ends between which nine in ten lie where they are known. */
export function middleOf(stop: Stop): { y: number; low: number | null; high: number | null } | null {
  if (stop.level) return Number.isFinite(stop.level.y) ? { y: stop.level.y, low: finite(stop.level.y_low), high: finite(stop.level.y_high) } : null
  const known = stop.objects.flatMap(({ y }) => (y === null ? [] : [y])).sort((a, b) => a - b)
  return known.length ? { y: median(known), low: null, high: null } : null
}

/** Counts of labels at a stop in words: "10 of 12 supported, 2 extrapolated". */
export function supportWords(stop: Stop): string {
  const counts = supportOf(stop)
  const found = SUPPORT_WORDS.map((label, i) => ({ label, count: counts[i]! })).filter(({ count }) => count > 0)
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (!all) return 'no object'
  if (found.length === 1) return `all ${found[0]!.label}`
  return found.map(({ label, count }, i) => (i ? `${count} ${label}` : `${count} of ${all} ${label}`)).join(', ')
}

/** Counts by label, in the order of SUPPORT: of all scenarios of a level, else of the objects shown. */
export function supportOf(stop: Stop): number[] {
  if (stop.level) return SUPPORT.map((label) => stop.level?.support[label] ?? 0)
  return SUPPORT.map((_, label) => stop.objects.filter((each) => each.support === label).length)
}

function ofTest(stop: Stop, stops: Stop[], outcome: string): string {
  const level = stop.level as Level
  const answered = stops.filter((each) => Number.isFinite(each.level?.y ?? NaN))
  const write = formatOver(answered.flatMap((each) => [each.level!.y, each.level!.y_low, each.level!.y_high]))
  if (!Number.isFinite(level.y)) return `${place(stop)}, the model gives no answer.`
  const spread = level.y_low !== null && level.y_high !== null && Number.isFinite(level.y_low) && Number.isFinite(level.y_high)
  const band = spread ? ` (nine in ten objects: ${write(level.y_low)} to ${write(level.y_high)})` : ''
  const first = answered[0]
  if (!first || first === stop) return `${place(stop)}, ${outcome} is ${write(level.y)} at the median${band}.`
  const [before, now] = [write(first.level!.y), write(level.y)]
  if (before === now) return `${place(stop)}, ${outcome} is ${now} at the median${band}, as ${placeOf(first)}.`
  const verb = level.y > first.level!.y ? 'risen' : 'fallen'
  return `${place(stop)}, ${outcome} has ${verb} from ${before} (${placeOf(first)}) to ${now} at the median${band}.`
}

function hitsOf(level: Level, judged: boolean): string {
  if (level.hits === null || !level.scenarios) return ''
  const hits = `${level.hits === 0 ? 'None' : level.hits} of ${counted(level.scenarios, 'object')} ${level.hits <= 1 ? 'is a failure' : 'are failures'} by the rule`
  if (level.rate === null || !Number.isFinite(level.rate)) return `${hits}; none could be judged.`
  const interval = level.rate_low !== null && level.rate_high !== null ? ` (90% interval ${percentInterval(level.rate_low, level.rate_high)})` : ''
  return judged ? `${hits}; of those that could be judged the model is wrong about ${percent(level.rate)}${interval}.` : `${hits}: ${percent(level.rate)}${interval}; no referee said which are faults of the model.`
}

function ofShell(stop: Stop, stops: Stop[], outcome: string): string {
  const known = (each: Stop) => each.objects.flatMap(({ y }) => (y === null ? [] : [y])).sort((a, b) => a - b)
  const here = known(stop)
  const shown = `${place(stop)}: ${counted(stop.objects.length, 'object')}, ${supportWords(stop)}`
  if (!here.length) return `${shown}.`
  const write = formatOver(stops.flatMap(known))
  const [low, high] = [write(here[0]!), write(here.at(-1)!)]
  return low === high ? `${shown}; ${outcome} is ${low} for each.` : `${shown}; ${outcome} is ${write(median(here))} at the median, from ${low} to ${high}.`
}

/** Where a stop is, within a sentence: "at 1 in 1,000". */
export function placeOf(stop: Stop): string {
  if (CENTRE.test(stop.name)) return 'near the centre'
  if (/^beyond$/i.test(stop.name)) return 'beyond what is certified'
  return `at ${stop.name}`
}

function place(stop: Stop): string {
  const where = capital(placeOf(stop))
  if (stop.exceedance === null) return stop.name === 'Beyond' || CENTRE.test(stop.name) ? where : `${where}, where no probability is claimed`
  return stop.exceedance > 0.8 ? `${where}, where ${percent(stop.exceedance)} lie farther out` : where
}

function nameOf(exceedance: number): string {
  return exceedance > 0.8 ? 'centre' : oneIn(exceedance)
}

function keyOf(exceedance: number | null, name: string, position: number): string {
  if (exceedance !== null && Number.isFinite(exceedance)) return `p${Number(exceedance.toPrecision(3))}`
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || `stop-${position}`
}

function inOrder(stops: Stop[]): Stop[] {
  const rank = (stop: Stop) => (stop.exceedance !== null ? -stop.exceedance : CENTRE.test(stop.name) ? -2 : 1)
  return stops.map((stop, at) => ({ stop, at })).sort((a, b) => rank(a.stop) - rank(b.stop) || a.at - b.at).map(({ stop }) => stop)
}

function median(sorted: number[]): number {
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}

function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function uncapital(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
