/** What stands in the table of all levels, as shown and as saved? */

import { formatOver, oneIn, percent, percentInterval } from './chance'
import type { Cell } from './table'
import type { StressTest } from './types'
import { SUPPORT } from './types'
import { SUPPORT_WORDS } from './words'

export function levelColumns({ outcome, referee }: StressTest): string[] {
  return ['tail', 'level', `${outcome}, median`, 'nine in ten objects', 'scenarios', 'failures', referee ? 'faults of the model (90% interval)' : 'failures among objects (90% interval)', 'support']
}

export function levelCells(test: StressTest): string[][] {
  const write = formatOver(test.levels.flatMap((level) => [level.y, level.y_low, level.y_high]))
  return test.levels.map((level) => {
    const labels = SUPPORT.flatMap((label, i) => (level.support[label] ? [`${level.support[label]} ${SUPPORT_WORDS[i]}`] : []))
    return [
      level.tail,
      level.exceedance !== null && Number.isFinite(level.exceedance) ? oneIn(level.exceedance) : level.level,
      level.scenarios ? write(level.y) : '\u2013',
      level.y_low === null || level.y_high === null || !level.scenarios ? '\u2013' : `${write(level.y_low)} to ${write(level.y_high)}`,
      level.scenarios.toLocaleString('en'),
      level.hits === null ? 'no rule' : level.hits.toLocaleString('en'),
      level.rate === null || !Number.isFinite(level.rate) ? '\u2013' : `${percent(level.rate)} (${percentInterval(level.rate_low ?? NaN, level.rate_high ?? NaN)})`,
      level.scenarios ? labels.join(', ') : (level.refused || level.level),
    ]
  })
}

export const SAVED_COLUMNS = ['tail', 'level', 'exceedance', 'y', 'y_low', 'y_high', 'scenarios', 'hits', 'rate', 'rate_low', 'rate_high', ...SUPPORT]

/** The numbers themselves, in the order of the columns of the file. */
export function levelRows(test: StressTest): Cell[][] {
  return test.levels.map((level) => [
    level.tail, level.level, level.exceedance, level.y, level.y_low, level.y_high, level.scenarios, level.hits, level.rate, level.rate_low, level.rate_high,
    ...SUPPORT.map((label) => level.support[label] ?? 0),
  ])
}
