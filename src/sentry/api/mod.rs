//! What the API has, one file per resource: each function sends requests and gives plain data of `event/`.
