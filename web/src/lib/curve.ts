/** How does y go from the centre outwards, at which depth does each stop of the slider stand, and which stop is nearest to a depth? */

import type { StressTest } from './types'
import { middleOf, type Stop } from './stops'

export interface Curve {
  /** 'sd': depth in standard deviations, along directions; 'rarity': powers of ten of 1 / exceedance, level by level. */
  unit: 'sd' | 'rarity'
  at: number[]
  y: number[]
  low: number[] | null
  high: number[] | null
  /** Share that passes the support gates. */
  objects: number[] | null
  /** Depth of each stop; null where it is not known. */
  places: (number | null)[]
  /** y of the objects of each stop themselves, which the line need not pass through; null where it is not known. */
  middles: ({ y: number; low: number | null; high: number | null } | null)[]
  /** Depth beyond which nothing was observed. */
  last: number | null
  words: string
}

/** The response curve of a tail; where none was asked for, y level by level; null where y is nowhere known. */
export function curveOf(test: StressTest, tail: string, stops: Stop[]): Curve | null {
  const response = test.responses.find((each) => each.tail === tail)
  if (response && response.y.some(Number.isFinite)) {
    const at = Array.from(response.at)
    return {
      unit: 'sd',
      at,
      y: Array.from(response.y),
      low: response.low && Array.from(response.low),
      high: response.high && Array.from(response.high),
      objects: response.objects ? Array.from(response.objects) : null,
      places: stops.map((stop) => depthOf(stop, response, tail)),
      middles: stops.map(middleOf),
      last: response.last_observed ?? null,
      words: response.words,
    }
  }
  const known = stops.filter((stop) => stop.exceedance !== null && Number.isFinite(stop.level?.y ?? NaN))
  if (!known.length) return null
  const rarity = (stop: Stop) => -Math.log10(stop.exceedance as number)
  const ends = known.every((stop) => stop.level!.y_low !== null && stop.level!.y_high !== null)
  return {
    unit: 'rarity',
    at: known.map(rarity),
    y: known.map((stop) => stop.level!.y),
    low: ends ? known.map((stop) => stop.level!.y_low as number) : null,
    high: ends ? known.map((stop) => stop.level!.y_high as number) : null,
    objects: null,
    places: stops.map((stop) => (stop.exceedance === null ? null : rarity(stop))),
    middles: stops.map(() => null),
    last: null,
    words: '',
  }
}

/** Position of the stop that stands nearest to a depth; -1 if none has a depth. */
export function nearestStop(places: (number | null)[], depth: number): number {
  let best = -1
  places.forEach((place, i) => {
    if (place === null) return
    if (best < 0 || Math.abs(place - depth) < Math.abs((places[best] as number) - depth)) best = i
  })
  return best
}

function depthOf(stop: Stop, response: StressTest['responses'][number], tail: string): number | null {
  const told = stop.level?.depth
  if (told !== null && told !== undefined && Number.isFinite(told)) return told
  const { exceedance, at } = response
  if (exceedance && stop.exceedance !== null) {
    // Exceedance falls with depth; in between on the logarithm.
    for (let i = 1; i < exceedance.length; i++) {
      const [above, below] = [exceedance[i - 1], exceedance[i]]
      if (above >= stop.exceedance && below <= stop.exceedance && above > 0 && below > 0) {
        const share = above === below ? 0 : Math.log(above / stop.exceedance) / Math.log(above / below)
        return at[i - 1] + share * (at[i] - at[i - 1])
      }
    }
  }
  // The depth of a radial tail is the norm of the whitened code.
  if (tail !== 'radial' || !stop.objects.length) return null
  const norms = stop.objects.map(({ u }) => Math.hypot(...u)).sort((a, b) => a - b)
  return norms[Math.floor(norms.length / 2)]
}
