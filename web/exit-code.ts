/** Next answers what it has begun when it is told to end, and then exits with 128 and the signal's number, which looks like a failure. */

const EXIT_TERMINATED = 143

/** Makes it 0, as the service's is: who was told to end, and did, has not failed. */
export function exitWithZeroWhenTerminated(): void {
  process.once('exit', code => {
    if (code === EXIT_TERMINATED) process.exitCode = 0
  })
}
