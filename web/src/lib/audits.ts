/** Which audits of which spaces stand in the chart and the tables, and what do they say in words? */

import { counted, grouped, oneIn, percent, percentInterval } from './chance'
import type { Cell } from './table'
import type { Audit, Space } from './types'

export type AuditRow = Audit['rows'][number]
export interface Series {
  name: string
  rows: AuditRow[]
}

export const AUDIT_COLUMNS = ['claimed', 'verdict', 'actual', '90% interval', 'objects']

/** The audit of a space and those on further data. */
export function seriesOf(space: Space, several: boolean): Series[] {
  const first = space.audit.others.length || several ? 'held-out objects' : space.name
  const prefix = several ? `${space.name}: ` : ''
  return [{ name: `${prefix}${first}`, rows: space.audit.rows }, ...space.audit.others.map((other) => ({ name: `${prefix}${other.name}`, rows: other.rows }))].filter(
    (series) => series.rows.length,
  )
}

/** Whether the actual share can be what a right claim gives: the verdict that came with it, else whether the interval holds the claim. */
export function holds(row: AuditRow): boolean {
  if (/^(holds|agrees)/i.test(row.verdict)) return true
  if (row.verdict) return false
  return row.low <= row.claimed && row.claimed <= row.high
}

/** One row in words: "Claimed 1 in 100: 12 of 1,000 objects, 1.2%; a right claim gives that." */
export function auditSentence(row: AuditRow): string {
  const verdict = holds(row) ? 'as a right claim would give' : row.actual > row.claimed ? 'more often than claimed' : 'less often than claimed'
  return `Claimed ${oneIn(row.claimed)}: ${grouped(row.count)} of ${counted(row.objects, 'object')} (${percent(row.actual)}), ${verdict}.`
}

/** All rows of a series in one sentence. */
export function seriesVerdict(series: Series): string {
  const wrong = series.rows.filter((row) => !holds(row))
  if (!series.rows.length) return 'Nothing was audited.'
  const objects = counted(Math.max(...series.rows.map((row) => row.objects)), 'object')
  if (!wrong.length) return `All ${series.rows.length} claims hold on ${objects}.`
  const least = wrong.map((row) => oneIn(row.claimed)).join(', ')
  return `${wrong.length} of ${counted(series.rows.length, 'claim')} ${wrong.length === 1 ? 'does' : 'do'} not hold on ${objects}: the ${wrong.length === 1 ? 'claim' : 'claims'} of ${least}.`
}

export function auditCells(rows: AuditRow[]): string[][] {
  return rows.map((row) => [
    oneIn(row.claimed), `${holds(row) ? '✓' : '✕'} ${row.verdict || (holds(row) ? 'holds' : 'does not hold')}`,
    row.count ? percent(row.actual) : 'none seen', percentInterval(row.low, row.high), `${grouped(row.count)} of ${grouped(row.objects)}`,
  ])
}

export function auditRows(series: Series[]): Cell[][] {
  return series.flatMap(({ name, rows }) => rows.map((row) => [name, row.claimed, row.actual, row.low, row.high, row.count, row.objects, row.verdict]))
}

/** Counts between which a right claim p falls in at least nine of ten audits of m objects, calibrated by rank on n: beta-binomial with
 * p (n + 1) and (1 - p) (n + 1) (Vovk 2012, proposition 2a). */
export function rightCounts(p: number, m: number, n: number): [number, number] {
  const [a, b] = [p * (n + 1), (1 - p) * (n + 1)]
  // Start where nothing underflows: well below the mean, by the sum of logarithms.
  let log = 0
  for (let i = 0; i < m; i++) log += Math.log1p(-a / (a + b + i))
  const weights = [0]
  for (let k = 0; k < m; k++) weights.push(weights[k] + Math.log(((m - k) * (k + a)) / ((k + 1) * (m - k - 1 + b))))
  let sum = 0
  let low = -1
  for (let k = 0; k <= m; k++) {
    sum += Math.exp(weights[k] + log)
    if (low < 0 && sum >= 0.05) low = k
    if (sum >= 0.95) return [low, k]
  }
  return [Math.max(low, 0), m]
}
