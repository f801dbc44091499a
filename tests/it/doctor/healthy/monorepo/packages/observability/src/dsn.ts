/** One Sentry project for each app; the keys are public. */
export const DSNS = {
  shop: 'https://0f6b4e8da1c24975b3e2d7c810a9f5e6@o4504400010005.ingest.us.sentry.io/4504400020005',
  admin: 'https://a85d3c1e7f0b4d29964e5b2c8d713f06@o4504400010005.ingest.us.sentry.io/4504400030005',
} as const;
