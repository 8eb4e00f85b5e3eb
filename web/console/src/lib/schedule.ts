/** Moments between the API (RFC 3339) and the browser's field for date and time, which knows the reader's own time only. */

export function toField(moment: string | null | undefined): string {
  const date = moment ? new Date(moment) : null;
  if (!date || Number.isNaN(date.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function fromField(text: string): string | null {
  const date = new Date(text);
  return text && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
}

/** Whether it ends before it begins. */
export function isWrongWay(from: string | null | undefined, until: string | null | undefined): boolean {
  return Boolean(from && until && Date.parse(until) <= Date.parse(from));
}
