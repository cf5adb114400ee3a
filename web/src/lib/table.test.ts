import { describe, expect, it } from 'vitest'
import { toCsv, toJson } from './table'

describe('tables in files', () => {
  it('quote what would break a row', () => expect(toCsv(['a', 'b'], [['x,y', 'say "no"'], ['two\nlines', 1.5]])).toBe('a,b\r\n"x,y","say ""no"""\r\n"two\nlines",1.5\r\n'))
  it('never hand a formula to a spreadsheet, and keep negative numbers', () => {
    expect(toCsv(['=1+1'], [['=cmd()'], ['@x'], [-2], ['-2']])).toBe("'=1+1\r\n'=cmd()\r\n'@x\r\n-2\r\n'-2\r\n")
  })
  it('leave out what is not known', () => expect(toCsv(['a', 'b'], [[null, NaN]])).toBe('a,b\r\n,\r\n'))
  it('give rows by name, whatever the name', () => {
    const rows: unknown = JSON.parse(toJson(['__proto__', 'b'], [['x', NaN]]))
    expect(rows).toEqual([JSON.parse('{"__proto__": "x", "b": null}')])
  })
})
