export const settings = {
  settings: {
    title: 'Settings',
    note: (file: string) =>
      `What holds since the service started. It is changed in ${file}, or by environment variables, and read at the next start. Secrets are stars.`,
    show: 'Show',
    onlySet: 'Other than default',
    origins: {
      default: 'default',
      file: 'file',
      environment: 'environment',
      'secrets file': 'secrets file',
    },
    byDefault: (value: string) => `default: ${value}`,
  },
}
