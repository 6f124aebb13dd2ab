import type { Page } from 'playwright'

/** What is to be seen on the tracker's screen, and what people do there. */
export const isSaved = (page: Page) => page.getByRole('status').getByText('all saved').waitFor()
export const waitsForNetwork = (page: Page) => page.getByRole('status').getByText('will be sent later').waitFor()
export const isLive = (page: Page) => page.locator('.status[data-connection="online"]').waitFor()

export const rowOf = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title })
export const titleOf = (page: Page) => page.getByLabel('Title', { exact: true })
export const notesOf = (page: Page) => page.getByRole('textbox', { name: 'Notes' })

export async function addTask(page: Page, title: string): Promise<void> {
  await page.getByLabel('Title of a new task').fill(title)
  await page.getByRole('button', { name: 'Add task' }).click()
  await page.getByRole('article').waitFor()
}

export async function openTask(page: Page, title: string): Promise<void> {
  await rowOf(page, title).getByRole('link').click()
  await page.getByRole('article').waitFor()
}
