/** How is a table written to a file that a spreadsheet or a program opens? */

export type Cell = string | number | boolean | null

/** Comma-separated values as of RFC 4180; text that a spreadsheet would run as a formula is written as text. */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n'
}

/** One JSON object a row, keyed by column; what is not finite is null. */
export function toJson(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const plain = (cell: Cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? null : cell)
  // A column may be called "__proto__": entries become own properties, whatever their name.
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, plain(row[i] ?? null)]))), null, 1)
}

/** Hands a text over as a file. */
export function saveText(text: string, file: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = file
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

function field(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  const text = String(cell)
  const safe = typeof cell === 'string' && /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
