export const TUNNEL_ROUTE = '/resources/ping';
