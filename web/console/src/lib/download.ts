/** Gives the reader a file. */
export function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Browsers read the blob when the click is handled, which may be after this function.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
