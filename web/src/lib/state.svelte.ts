/** What the reader has chosen, in one place, mirrored in the address: every state is a link.
 *
 * Values are short texts by key; the address is `#view=map&a=1.2&b=-0.4`. Keys in use:
 *   view space plane theme      which tab, space, plane; light | dark
 *   a b at                      the place on the plane (standard deviations); `at` for its whole code, where it is off the plane
 *   colour level layers zoom    Map: what colours the points, the one level shown, layers that are on, the window
 *   from to circle              Change and Patch: two places or objects, a circle as [a, b, radius]
 *   depth tail                  Stress
 * A view may add keys of its own; begin them with its name (`ledger.sort`) if they mean something to that view alone.
 *
 * In a component write `let { page, space, state: link } = $props()`: a variable called `state` would hide the rune `$state`.
 */

import { SvelteMap } from 'svelte/reactivity'

export type Value = string | number | boolean | readonly number[] | null | undefined

/** Browsers refuse more than about 200 changes of the address in 30 seconds. */
const EVERY = 250

export class State {
  // A map: no key of an address can be mistaken for a member that every object has.
  readonly #values = new SvelteMap<string, string>()
  #written = ''
  #timer: ReturnType<typeof setTimeout> | null = null
  #push = false

  constructor(hash = '') {
    for (const [key, value] of parse(hash)) this.#values.set(key, value)
    this.#written = format(this.#values)
  }

  /** The text under a key. */
  text(key: string, otherwise = ''): string {
    return this.#values.get(key) ?? otherwise
  }

  /** The number under a key; `otherwise` if there is none or it is not finite. */
  number(key: string, otherwise = 0): number {
    const text = this.#values.get(key)
    const value = text === undefined || text === '' ? NaN : Number(text)
    return Number.isFinite(value) ? value : otherwise
  }

  /** The numbers under a key; null unless all of them are finite. */
  numbers(key: string, length?: number): number[] | null {
    const text = this.#values.get(key)
    if (!text) return null
    const values = text.split(',').map(Number)
    return values.every(Number.isFinite) && (length === undefined || values.length === length) ? values : null
  }

  /** Whether the switch under a key is on. */
  flag(key: string, otherwise = false): boolean {
    const text = this.#values.get(key)
    return text === undefined ? otherwise : text === '1'
  }

  /** Sets keys; null, undefined and '' remove. With `push` the browser's back button returns here. */
  set(key: string, value: Value, how?: { push?: boolean }): void
  set(values: Record<string, Value>, how?: { push?: boolean }): void
  set(first: string | Record<string, Value>, second?: Value | { push?: boolean }, third?: { push?: boolean }): void {
    const values = typeof first === 'string' ? { [first]: second as Value } : first
    const how = (typeof first === 'string' ? third : second) as { push?: boolean } | undefined
    for (const [key, value] of Object.entries(values)) {
      const text = toText(value)
      if (text === '') this.#values.delete(key)
      else this.#values.set(key, text)
    }
    this.#push ||= how?.push ?? false
    if (how?.push) this.write()
    else this.#timer ??= setTimeout(() => this.write(), EVERY)
  }

  /** The part of the address after '#'. */
  hash(): string {
    return format(this.#values)
  }

  /** The whole address of what is shown now. */
  address(): string {
    return typeof location === 'undefined' ? `#${this.hash()}` : `${location.href.split('#')[0]}#${this.hash()}`
  }

  /** Brings the address up to date at once. */
  write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const hash = this.hash()
    if (hash === this.#written || typeof history === 'undefined') return
    this.#written = hash
    try {
      if (this.#push) history.pushState(null, '', `#${hash}`)
      else history.replaceState(null, '', `#${hash}`)
    } catch {
      // Some embeddings forbid it; the page works without.
    }
    this.#push = false
  }

  /** Takes over what an address says (what stands after '#'). */
  follow(hash: string): void {
    const values = parse(hash)
    if (format(values) === this.hash()) return
    for (const key of [...this.#values.keys()]) if (!values.has(key)) this.#values.delete(key)
    for (const [key, value] of values) this.#values.set(key, value)
    this.#timer ??= setTimeout(() => this.write(), EVERY)
  }

  /** Follows the address when the reader goes back, or opens a link into the same page. Returns how to stop. */
  listen(): () => void {
    const follow = () => {
      this.follow(location.hash)
      this.#written = this.hash()
    }
    window.addEventListener('hashchange', follow)
    window.addEventListener('popstate', follow)
    return () => {
      window.removeEventListener('hashchange', follow)
      window.removeEventListener('popstate', follow)
    }
  }
}

function toText(value: Value): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return Number.isFinite(value) ? short(value) : ''
  if (typeof value === 'string') return value
  return value.every(Number.isFinite) ? value.map(short).join(',') : ''
}

/** Four decimals are less than a pixel on any plane. */
const short = (value: number) => String(Number(value.toFixed(4)))

export function parse(hash: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const part of hash.replace(/^#/, '').split('&')) {
    const cut = part.indexOf('=')
    if (cut < 1) continue
    try {
      values.set(decodeURIComponent(part.slice(0, cut)), decodeURIComponent(part.slice(cut + 1).replaceAll('+', ' ')))
    } catch {
      // A broken escape: this key is left out, the others are kept.
    }
  }
  return values
}

export function format(values: ReadonlyMap<string, string>): string {
  return [...values.keys()]
    .sort((x, y) => rank(x) - rank(y) || (x < y ? -1 : 1))
    .map((key) => `${encodeURIComponent(key)}=${encodeURIComponent(values.get(key)!).replaceAll('%2C', ',')}`)
    .join('&')
}
const FIRST = ['view', 'space', 'plane']
const rank = (key: string) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length)
