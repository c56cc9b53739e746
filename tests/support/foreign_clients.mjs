// Every method of two clients from npm on a sandbox; prints one line of JSON for each.
// node foreign_clients.mjs '{"url": ..., "token": ..., ...}', in a folder with `imgur` (2.5.0) and
// `imgur-1` (1.0.2) among its node_modules.

import { createRequire } from 'node:module';
import { createReadStream } from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'x.js'));
const study = JSON.parse(process.argv[2]);

async function call(client, method, run) {
  let error = null;
  try {
    const value = await run();
    if (value === undefined || value === null) error = 'nothing came back';
    else if (value.success === false) error = JSON.stringify(value).slice(0, 300);
  } catch (problem) {
    error = String(problem && problem.message ? problem.message : problem);
  }
  console.log(JSON.stringify({ client, method, error }));
}

const { ImgurClient } = require('imgur');
const two = new ImgurClient({ accessToken: study.token });
// Its address is in its code.
for (const fetcher of [two.fetcher, two.plainFetcher]) fetcher.defaults.baseURL = study.url;
two.fetcher.defaults.headers.authorization = `Bearer ${study.token}`;
const known2 = {
  getAccount: () => two.getAccount(study.name),
  getAlbum: () => two.getAlbum(study.album),
  getAlbums: () => two.getAlbums(study.name, 0),
  getAlbumsIds: () => two.getAlbumsIds(study.name, 0),
  getGallery: () => two.getGallery({ section: 'top', sort: 'time', window: 'week' }),
  getImage: () => two.getImage(study.image),
  getSubredditGallery: () => two.getSubredditGallery({ subreddit: 'CatsInBoxes', sort: 'time' }),
  searchGallery: () => two.searchGallery({ q: 'cat', sort: 'top', window: 'all' }),
  createAlbum: () => two.createAlbum('T', 'D'),
  deleteImage: () => two.deleteImage(study.hashes[0]),
  favoriteImage: () => two.favoriteImage(study.image),
  updateImage: () => two.updateImage({ imageHash: study.hashes[1], title: 'T' }),
  upload: () => two.upload({ image: createReadStream(study.file), type: 'stream', title: 'T' }),
};
for (const [method, run] of Object.entries(known2)) await call('imgur 2.5.0', method, run);

const one = require('imgur-1');
one.setAPIUrl(`${study.url}/3/`);
one.setAccessToken(study.token);
const known1 = {
  getAlbumInfo: () => one.getAlbumInfo(study.album),
  getCredits: () => one.getCredits(),
  getGalleryInfo: () => one.getGalleryInfo(study.post),
  getInfo: () => one.getInfo(study.image),
  search: () => one.search('cat', { sort: 'top', dateRange: 'all', page: '0' }),
  createAlbum: () => one.createAlbum(),
  deleteImage: () => one.deleteImage(study.hashes[2]),
  favoriteImage: () => one.favoriteImage(study.image),
  updateInfo: () => one.updateInfo(study.hashes[3], 'T', 'D'),
  uploadAlbum: () => one.uploadAlbum([study.file], 'File'),
  uploadBase64: () => one.uploadBase64(study.base64, study.album, 'T'),
  uploadFile: () => one.uploadFile(study.file, study.album, 'T'),
  uploadImages: () => one.uploadImages([study.file], 'File', study.album),
  uploadUrl: () => one.uploadUrl(study.link),
};
for (const [method, run] of Object.entries(known1)) await call('imgur 1.0.2', method, run);
