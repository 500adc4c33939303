import { connection } from 'next/server'
import { App } from '@/components/app'
import { pageSettings, readSettings } from '@/settings'

/** Made for each request, since the settings are those of the place where the server runs. */
export default async function Page() {
  await connection()
  return <App settings={pageSettings(readSettings(process.env))} />
}
