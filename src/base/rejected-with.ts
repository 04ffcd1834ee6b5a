/** A promise that rejects with a thrown value, an error or not. */
export async function rejectedWith(error: unknown): Promise<never> {
  throw error;
}
