/** Which questions can this document answer at once, and what are the short answers? The first screen asks them. */

import { counted, number, oneIn } from './chance'
import { rankWords } from './change'
import { firstPair } from './ends'
import { failureSentence } from './failing'
import { measure, rowOf } from './geometry'
import { single, type Single } from './pictures'
import { ownPicture } from './standing'
import type { Value } from './state.svelte'
import type { Page, Pictures, Space } from './types'

export interface Question {
  id: 'change' | 'rare' | 'break'
  ask: string
  answer: string
  pictures: Single[]
  /** What the link sets. */
  goes: Record<string, Value>
}

const RARE = 1e-3
/** A stop of the slider of the tails, as links name it. */
const levelKey = (exceedance: number) => `p${Number(exceedance.toPrecision(3))}`
const ELSEWHERE = { space: null, plane: null }

export function questionsOf(page: Page): Question[] {
  return [apart(page), rare(page), breaking(page)].filter((question) => question !== null)
}

/** The pair that the view of local change begins with. */
function apart(page: Page): Question | null {
  const asked = { id: 'change', ask: 'How far apart are two objects?', goes: { ...ELSEWHERE, view: 'change', from: null, to: null } } as const
  const [change] = page.changes
  const space = page.spaces.find(({ id }) => id === change?.space) ?? page.spaces[0]
  if (!space) return null
  const { points } = space
  const pair = firstPair(points, page.changes.filter((each) => each.space === space.id))
  const here = pair && pair[0].kind === 'object' && pair[1].kind === 'object' ? [pair[0].row, pair[1].row] : null
  if (change && change.space === space.id && (!here || points.ids[here[0]] === change.a.id)) {
    const words = answerOf(change.distance, change.percentile)
    const away = here ? {} : { 'change.answer': 0 }
    return { ...asked, answer: words, pictures: shown([single(change.pictures, change.a.picture), single(change.pictures, change.b.picture)]), goes: { ...asked.goes, 'change.answer': null, ...away } }
  }
  if (!here) return null
  const d = space.live.length
  const measured = measure(rowOf(points.u, here[0], d), rowOf(points.u, here[1], d), { a: null, b: null }, space.ruler.pairs)
  return { ...asked, answer: answerOf(measured.distance.value, measured.percentile.value), pictures: shown(here.map((row) => ownPicture(points, row))) }
}

const answerOf = (distance: number, percentile: number) => `These two: ${number(distance)} sd, ${rankWords(percentile, null)}.`

/** The furthest level down to 1 in 1,000 at which the space of the stress test, or else the first, shows objects. */
function rare(page: Page): Question | null {
  const test = page.stress[0]
  const space = page.spaces.find(({ id }) => id === test?.space) ?? page.spaces[0]
  if (!space) return null
  const shells = space.shells.filter(({ exceedance, pictures }) => exceedance !== null && exceedance >= RARE * 0.999 && exceedance < 0.05 && pictures !== null && pictures.n > 0)
  const shell = shells.sort((one, other) => one.exceedance! - other.exceedance!)[0]
  if (!shell) return null
  return {
    id: 'rare',
    ask: 'What is rare?',
    answer: `Objects generated at ${oneIn(shell.exceedance!)}, and what backs them.`,
    pictures: firstOf(shell.pictures, 3),
    goes: { ...ELSEWHERE, view: 'stress', tail: null, depth: levelKey(shell.exceedance!), 'stress.only': null },
  }
}

/** What a stress test found of failures, or else which features move y. */
function breaking(page: Page): Question | null {
  const test = page.stress.find(({ failure, shown, findings, worst }) => failure !== null || findings.length > 0 || worst.length > 0 || shown.kind.some((kind) => kind !== ''))
  const asked = { id: 'break', ask: 'Where does the model break?' } as const
  if (test) {
    const hits = test.shown.kind.flatMap((kind, i) => (kind === '' ? [] : [i]))
    const at = hits.length ? levelOf(test, hits[0]) : null
    const found = hits.length ? hits.map((i) => single(test.pictures, i)) : test.worst_pictures ? [single(test.worst_pictures, 0), single(test.worst_pictures, 1)] : []
    return {
      ...asked,
      answer: realFailures(test.failure?.real ?? '', test.rule) || (test.failure ? failureSentence(test.failure) : `${counted(hits.length, 'failure')} among the objects shown.`),
      pictures: shown(found).slice(0, 2),
      goes: { ...ELSEWHERE, view: 'stress', 'stress.test': page.stress.filter(({ space }) => space === test.space).indexOf(test) || null, tail: at?.tail ?? null, depth: at?.depth ?? null, 'stress.only': at ? true : null },
    }
  }
  const [ledger] = page.ledgers
  if (!ledger?.entries.length) return null
  const global = ledger.entries.filter(({ verdict }) => verdict === 'GLOBAL').length
  return { ...asked, ask: `What moves ${ledger.outcome}?`, answer: global ? `${counted(global, 'feature')} in general; see the ledger.` : 'No feature in general; see what was found.', pictures: [], goes: { ...ELSEWHERE, view: 'ledger' } }
}

/** "95 of 1,000 real objects fail (wrong label)." from the sentence of the stress test; empty where it says something else. */
export function realFailures(words: string, rule: string): string {
  const told = /([\d,]+) real objects,? ([\d,]+) (?:are hits|fail)/.exec(words)
  return told ? `${told[2]} of ${told[1]} real objects fail${rule ? ` (${rule})` : ''}.` : ''
}

function levelOf(test: Page['stress'][number], row: number): { tail: string; depth: string } | null {
  const level = test.levels[test.shown.level[row]]
  const tail = test.tails[test.shown.tail[row]] ?? null
  const own = level && level.tail === tail ? level : test.levels.filter((each) => each.tail === tail)[test.shown.level[row]]
  return tail !== null && own && own.exceedance !== null && Number.isFinite(own.exceedance) ? { tail, depth: levelKey(own.exceedance) } : null
}

const shown = (pictures: (Single | null)[]): Single[] => pictures.filter((each): each is Single => each !== null && each.kind !== 'rows')
const firstOf = (pictures: Pictures | null, most: number): Single[] => (pictures ? shown(Array.from({ length: Math.min(most, pictures.n) }, (_, i) => single(pictures, i))) : [])

/** "in the space mnist-5k, 16 axes; the map has 2" where a page has several; empty where it has one. */
export function spaceWords(page: Page, space: Space): string {
  if (page.spaces.length < 2) return ''
  const [first] = page.spaces
  const axes = (each: Space) => `${each.live.length} ${each.live.length === 1 ? 'axis' : 'axes'}`
  const own = space.name.includes(axes(space)) ? space.name : `${space.name}, ${axes(space)}`
  return space === first ? `In the space ${own}.` : `In the space ${own}; the map begins with ${first.live.length === space.live.length ? first.name : `another, of ${axes(first)}`}.`
}
