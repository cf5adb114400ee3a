/** The views of far out and of the whole, rendered as text: on a plain document, on one made to hurt, and on an empty one. */
import type { Component } from 'svelte'
import { render } from 'svelte/server'
import { describe, expect, it } from 'vitest'
import { fixture } from '../dev/fixture'
import { LONG, nasty } from '../dev/nasty'
import { State } from '../lib/state.svelte'
import type { Page } from '../lib/types'
import type { ViewProps } from '../lib/view'
import About from './About.svelte'
import Audit from './Audit.svelte'
import Ledger from './Ledger.svelte'
import Stress from './Stress.svelte'

const VIEWS: [string, Component<ViewProps>][] = [['Stress', Stress], ['Ledger', Ledger], ['Audit', Audit], ['About', About]]
const htmlOf = (view: Component<ViewProps>, page: Page, hash = '') => render(view, { props: { page, space: page.spaces[0], state: new State(hash) } }).body
const textOf = (html: string) => html.replace(/<!--.*?-->/gs, '').replace(/<[^>]+>/g, ' ').replace(/&lt;/g, '<').replace(/&amp;/g, '&').replace(/\s+/g, ' ')

describe.each(VIEWS)('%s', (_, view) => {
  it.each([['plain', fixture()], ['made to hurt', nasty()], ['empty', fixture({ empty: true })]])('stands a %s document', (_name, page) => {
    const html = htmlOf(view, page)
    expect(html).toMatch(/<h2/)
    // Names are text, never markup; nothing unspoken reaches the reader.
    expect(html).not.toMatch(/<img|<script/)
    expect(textOf(html)).not.toMatch(/\b(NaN|undefined|Infinity)\b|\[object/)
  })
})

describe('Stress', () => {
  it('follows its link: tail, depth, filter', () => {
    const text = textOf(htmlOf(Stress, fixture(), '#view=stress&tail=low&depth=p0.001'))
    expect(text).toContain('At 1 in 1,000, score has fallen from 0.40 (at 1 in 10) to 0.10')
    expect(textOf(htmlOf(Stress, fixture(), '#tail=low&depth=p0.001&stress.only=1'))).toContain('None of the 6 objects shown here is a failure')
  })
  it('says the probability of failure in words', () => expect(textOf(htmlOf(Stress, nasty()))).toContain('Drawn from the space: about 1 in 900 objects fails (90% interval 1 in 1,400 to 1 in 500)'))
  it('says y of each worst case by its own name, and whether it is a failure', () => {
    const page = fixture()
    const [test] = page.stress
    test.worst = [{ ...test.worst[0], broke: false, hit: false, y_name: 'P(2)' }]
    const text = textOf(htmlOf(Stress, page))
    expect(text).toMatch(/P\(2\) 0\.40 → 0\.93/)
    expect(text).toContain('Not counted as a failure')
  })
  it('shows the real objects that fail, with what they are and what the model says', () => {
    const page = fixture()
    page.stress[0].real_failures = { asked: 300, failed: 30, pairs: [], ids: ['object-3'], said: ['9'], label: ['4'], y: Float32Array.of(0.9), pictures: null }
    const text = textOf(htmlOf(Stress, page))
    expect(text).toMatch(/1 of the 30 that fail among 300 real objects/)
    expect(text).toMatch(/says 9 is 4/)
    expect(text).toContain('See the real objects that fail')
  })
  it('begins in a tail with failures', () => expect(textOf(htmlOf(Stress, { ...fixture(), stress: fixture().stress.map((test) => ({ ...test, tails: ['low', 'high'], shown: { ...test.shown, tail: test.shown.tail.map((at) => 1 - at) } })) }))).toContain('At 1 in 10, score is 0.60'))
  it('names the command that makes a stress test, and shows the tails without', () => {
    const text = textOf(htmlOf(Stress, fixture({ empty: true })))
    expect(text).toContain('gausscape stress SPACE DATA')
    expect(text).toContain('Objects at 1 in 10')
  })
  it('falls back where a link names what is not there', () => expect(textOf(htmlOf(Stress, fixture(), '#tail=sideways&depth=p7&stress.test=99'))).toContain('At 1 in 10, score is 0.60'))
})

describe('Ledger', () => {
  it('filters by verdict and feature', () => {
    expect(textOf(htmlOf(Ledger, nasty(), '#ledger.verdict=GLOBAL'))).toContain('12 of 60 features')
    const text = textOf(htmlOf(Ledger, nasty(), '#ledger.search=number%2017'))
    expect(text).toContain('1 of 60 features')
    expect(text).not.toContain(`higher ${LONG}`)
  })
  it('shows 300 patches some at a time, and says how many are left', () => expect(textOf(htmlOf(Ledger, nasty()))).toContain('Show more (288 left)'))
  it('names the command that makes it', () => expect(textOf(htmlOf(Ledger, fixture({ empty: true })))).toContain('gausscape explain SPACE DATA'))
})

describe('Ledger in general', () => {
  it('says first what was found, and keeps the rest folded', () => {
    const html = htmlOf(Ledger, fixture())
    expect(textOf(html)).toContain('1 of 2 features moves score one way in general: ink (up).')
    expect(html.match(/<details/g)?.length).toBeGreaterThan(2)
  })
})

describe('Audit', () => {
  it('shows all spaces where none was chosen', () => {
    expect(textOf(htmlOf(Audit, fixture()))).toContain('rings, no decoder: held-out objects')
    expect(textOf(htmlOf(Audit, fixture(), '#space=rings'))).not.toContain('rings, no decoder: held-out objects')
  })
  it('says which claims do not hold', () => expect(textOf(htmlOf(Audit, fixture()))).toContain('3 of 3 claims do not hold on 5,000 objects: the claims of 1 in 10, 1 in 100, 1 in 1,000.'))
  it('compares all spaces where they are asked for', () => expect(textOf(htmlOf(Audit, fixture(), '#audit.all=1'))).toContain('rings, no decoder: held-out objects'))
})

describe('About', () => {
  it('says what is examined, and the law in words', () => {
    const text = textOf(htmlOf(About, fixture()))
    expect(text).toContain('The model examined: score')
    expect(text).toContain('score above 0.9')
    expect(text).toContain('one Gaussian')
  })
  it('tells labels, privacy and citation', () => {
    const text = textOf(htmlOf(About, fixture()))
    for (const words of ['SUPPORTED', 'asks no other host', 'gausscape 0.0.0 (2026)']) expect(text).toContain(words)
  })
})
