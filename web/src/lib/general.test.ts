import { describe, expect, it } from 'vitest'
import { fixture } from '../dev/fixture'
import { generalOf, tidy } from './general'

const [ledger] = fixture().ledgers
const without = ledger.entries.map((entry) => ({ ...entry, verdict: 'LOCAL' }))

describe('generalOf', () => {
  it('names what is general, and which way it goes', () => {
    expect(generalOf(ledger)).toEqual({ words: '1 of 2 features moves score one way in general: ink (up).', why: '', remedy: '' })
  })
  it('says why nothing is, and what would help', () => {
    const thin = generalOf({ ...ledger, entries: without, coverage: 0.002 })
    expect(thin.words).toMatch(/^Nothing general was found/)
    expect(thin.why).toContain('0.2% of the data')
    expect(thin.remedy).not.toBe('')
    expect(generalOf({ ...ledger, entries: without }).why).toContain('errors')
    expect(generalOf({ ...ledger, entries: [{ ...without[0], verdict: 'MIXED' }] }).why).toContain('up in some places')
  })
})

describe('tidy', () => {
  it('knows no minus before nothing and no probability of one', () => {
    expect(tidy('at least -0%, (adjusted p 1, needed 0.05), −0.0% but -10% and p 1.5')).toBe('at least 0%, (adjusted p above 0.99, needed 0.05), 0.0% but -10% and p 1.5')
    expect(tidy('adjusted p 1e-05; adjusted p 1.2')).toContain('adjusted p 1.2')
  })
})
