import { describe, expect, it } from 'vitest'
import { auditCells, auditSentence, holds, rightCounts, seriesVerdict, type AuditRow } from './audits'

const row = (claimed: number, count: number, objects: number, verdict = ''): AuditRow => ({
  claimed, count, objects, actual: count / objects, low: (0.7 * count) / objects, high: (1.4 * count + 3) / objects, verdict,
})

describe('audits', () => {
  it('limit counts as the fit does: 1,000 objects, calibrated on 2,000', () => {
    expect([0.5, 0.1, 0.01, 0.001].map((p) => rightCounts(p, 1000, 2000))).toEqual([[468, 532], [81, 120], [4, 17], [0, 3]])
  })
  it('limit counts of few objects, and of many', () => {
    const [low, high] = rightCounts(0.5, 5000, 10000)
    expect(low).toBeLessThan(2500)
    expect(high).toBeGreaterThan(2500)
    expect(rightCounts(0.001, 20, 50)).toEqual([0, 0])
  })
  it('take the verdict that came, else the interval', () => {
    expect([holds(row(0.1, 100, 1000, 'holds')), holds(row(0.1, 100, 1000, 'commoner than claimed')), holds(row(0.1, 100, 1000)), holds(row(0.1, 300, 1000))]).toEqual([true, false, true, false])
  })
  it('speak in words', () => {
    expect(auditSentence(row(0.01, 12, 1000, 'holds'))).toBe('Claimed 1 in 100: 12 of 1,000 objects (1.2%), as a right claim would give.')
    expect(seriesVerdict({ name: '', rows: [row(0.1, 100, 1000, 'holds'), row(0.01, 40, 1000, 'commoner than claimed')] })).toBe('1 of 2 claims does not hold on 1,000 objects: the claim of 1 in 100.')
    expect(seriesVerdict({ name: '', rows: [] })).toBe('Nothing was audited.')
    expect(auditCells([row(0.001, 0, 1000, 'holds')])[0]).toEqual(['1 in 1,000', '✓ holds', 'none seen', '0% to 0.3%', '0 of 1,000'])
  })
})
