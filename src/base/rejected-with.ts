/** A promise that rejects with whatever was thrown, be it an error or not. */
export async function rejectedWith(error: unknown): Promise<never> {
  throw error;
}
