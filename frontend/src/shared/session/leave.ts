/** Log out, by a form: it may lead on to the log-out of the provider of single sign-on. */
export function logOut(): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = '/logout'
  document.body.append(form)
  form.submit()
}

/** Return where one logs in, which leads back to where one is. */
export function logInAddress(way: '/login' | '/session/sign-on' = '/login'): string {
  const { pathname, search } = window.location
  return `${way}?next=${encodeURIComponent(pathname + search)}`
}
