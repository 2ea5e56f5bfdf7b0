import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Rolldown } from 'vite'
import { defineConfig } from 'vitest/config'

const service = process.env.DISPARO_URL ?? 'http://127.0.0.1:8000'
const ours = ['alerts', 'checks', 'dispatches', 'health', 'models', 'monitor', 'schedules']
const paths = [...ours, 'session', 'showroom', 'sources', 'tokens', 'users']

/**
 * Few files, since each is a question to the service: what is loaded first is two of them, libraries
 * and ours, and what pages share is put together by who needs it.
 */
const groups: Rolldown.CodeSplittingGroup[] = [
  { name: 'libraries', tags: ['$initial'], test: /node_modules/, priority: 3 },
  { name: 'page', tags: ['$initial'], priority: 2 },
  {
    name: 'shared',
    minShareCount: 2,
    entriesAware: true,
    entriesAwareMergeThreshold: 20_000,
    priority: 1,
  },
]

/** What is shared would be called by all who share it. */
const short = (name: string) => name.replace(/(~|\.css$).*/, '')

export default defineConfig({
  base: '/ui/',
  logLevel: process.env.npm_lifecycle_event === 'build' ? 'warn' : 'info',
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../app/static',
    emptyOutDir: true,
    manifest: true,
    // The policy of content allows scripts and styles from files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What matters is the sum, which scripts/first-load.js bounds.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: { groups },
        chunkFileNames: ({ name }) => `assets/${short(name)}-[hash].js`,
        assetFileNames: ({ names }) => `assets/${short(names[0] ?? '')}-[hash][extname]`,
      },
    },
  },
  // `npm run dev` shows the page as it is edited, with the data of a service that runs.
  server: { proxy: Object.fromEntries(paths.map((path) => [`/${path}`, service])) },
  test: { include: ['src/**/*.test.{ts,tsx}'] },
})
