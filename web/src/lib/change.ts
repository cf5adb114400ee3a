/** What may be said of a change, in words: the first sentence, the verdict, and which measured answer is about the same two objects. */

import { number } from './chance'
import type { Measured } from './geometry'
import type { Change } from './types'

export interface Verdict {
  name: 'CHANGED' | 'NOISE' | 'SAME' | 'WITHHELD' | 'NOT JUDGED'
  title: string
  words: string
}

const UNSUPPORTED = 3

/** "These two lie 3.1 sd apart: further than 71 of 100 random pairs (90% interval 66 to 75)." */
export function sentenceOf({ distance, percentile }: Measured): string {
  if (distance.value === 0) return 'These two stand at the same place: 0 sd apart.'
  return `These two lie ${number(distance.value)} sd apart: ${rankWords(percentile.value, percentile.interval)}.`
}

/** A percentile as a count of 100 pairs, from the side that is the larger count. */
export function rankWords(percentile: number, interval: readonly [number, number] | null): string {
  const further = percentile >= 50
  const of = (value: number) => Math.round(further ? value : 100 - value)
  const ends = interval && [of(interval[further ? 0 : 1]), of(interval[further ? 1 : 0])]
  const share = of(percentile)
  const told = share === 100 ? 'over 99' : String(share)
  const sure = ends ? ` (90% interval ${ends[0]} to ${ends[1]})` : ''
  return `${further ? 'further' : 'closer'} than ${told} of 100 random pairs${sure}`
}

/** Is there a change at all? Withheld where an object lies outside the data. */
export function judge(distance: number, again: number | null, support: { a: number; b: number }): Verdict {
  const outside = [support.a === UNSUPPORTED ? 'A' : '', support.b === UNSUPPORTED ? 'B' : ''].filter(Boolean)
  if (outside.length) {
    const words = `${outside.join(' and ')} ${outside.length > 1 ? 'lie' : 'lies'} outside the data (unsupported): the distance is an extrapolation, and no verdict is given.`
    return { name: 'WITHHELD', title: 'Withheld', words }
  }
  if (distance === 0) return { name: 'SAME', title: 'Same place', words: 'The two have the same place in this space.' }
  if (again === null) {
    return { name: 'NOT JUDGED', title: 'Not judged', words: 'How far two measurements of one object differ was not measured for this space, so noise cannot be ruled out.' }
  }
  const noise = `measured twice, one object differs by less than ${number(again)} sd, 19 times in 20`
  return distance > again
    ? { name: 'CHANGED', title: 'More than noise', words: `More than two measurements of one object differ by: ${noise}.` }
    : { name: 'NOISE', title: 'Could be noise', words: `Two measurements of one object can differ by as much: ${noise}. This page goes by the distance alone; a measured answer also weighs each direction by its own noise.` }
}

/** What the verdict of a measured answer rests on: d', which weighs each direction by its own noise. Empty where the answer does not tell. */
function groundsOf(change: Change): string {
  const d = /\(d' (?:= )?([^)]+)\)/.exec(change.words)?.[1]
  const often = /differs as much\b[^.]*?(\d[\d.,]*%)( or less)? of the time/.exec(change.words)?.[1]
  if (!d) return ''
  return `This rests on d' = ${d}, which weighs each direction by its own noise, and not on the distance alone${often ? `: the same object measured again reaches it ${often} of the time` : ''}.`
}

/** Why an interval reaches further down than up, where it does. */
export function lopsidedWords({ distance: { value, interval } }: Measured): string {
  if (!interval || value - interval[0] <= 2 * (interval[1] - value)) return ''
  return 'The interval reaches further down than up: noise of measuring makes distances longer, never shorter on average, so the true one is likelier to be less.'
}

/** Said where measuring again moves an object further than its nearest neighbour lies. */
export function noisyWords(again: number | null, neighbour: number): string {
  if (again === null || !(again > neighbour)) return ''
  return `In this space noise is larger than the way to a neighbour: measured again, an object moves up to ${number(again)} sd, and its nearest neighbour lies ${number(neighbour)} sd away. Nearest neighbours cannot be told apart here.`
}

/** The verdict of a measured answer under its name. */
export function verdictOf(change: Change): Verdict {
  const titles: Record<string, Verdict['title']> = { CHANGED: 'More than noise', NOISE: 'Could be noise', SAME: 'Same place', WITHHELD: 'Withheld' }
  const words: Record<string, string> = {
    CHANGED: 'Two measurements of one object do not differ by as much (at the stated rate of false alarms).',
    NOISE: 'Two measurements of one object could differ by as much.',
    SAME: 'The two objects have the same place in this space.',
    WITHHELD: 'An object lies outside the data: the distance is an extrapolation, and no verdict is given.',
  }
  if (!(change.verdict in titles)) return { name: 'NOT JUDGED', title: change.verdict || 'Not judged', words: '' }
  const grounds = change.verdict === 'CHANGED' || change.verdict === 'NOISE' ? groundsOf(change) : ''
  return { name: change.verdict as Verdict['name'], title: titles[change.verdict], words: [words[change.verdict], grounds].filter(Boolean).join(' ') }
}

export function measuredOf(change: Change): Measured {
  return {
    distance: { value: change.distance, interval: change.distance_interval },
    percentile: { value: change.percentile, interval: change.interval },
  }
}

/** The position of the measured answer about two objects; reversed where it goes from b to a. Null where there is none. */
export function answerFor(changes: Change[], space: string, a: string, b: string): { at: number; reversed: boolean } | null {
  for (const reversed of [false, true]) {
    const [first, second] = reversed ? [b, a] : [a, b]
    const at = changes.findIndex((change) => change.space === space && change.a.id === first && change.b.id === second)
    if (at >= 0) return { at, reversed }
  }
  return null
}
